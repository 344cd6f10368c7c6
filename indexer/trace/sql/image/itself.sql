-- title: The image with its names and sizes
SELECT
    n.tags,
    n.digests,
    si.parent_id,
    i.created_at,
    z.size_bytes,
    z.unique_bytes,
    si.last_tagged_at,
    CASE s.kind
        WHEN 'graphdriver'
            THEN s.base_path || '/image/' || s.driver || '/imagedb/content/sha256/'
                || SUBSTR(i.image_id, 8)
        ELSE s.base_path || '/io.containerd.content.v1.content/blobs/'
            || REPLACE(i.image_id, ':', '/')
    END AS path,
    h.engine_image_id
FROM held_images AS h
JOIN store_images AS si
    ON si.store_id = h.store_id
    AND si.engine_image_id = h.engine_image_id
JOIN images AS i ON i.image_id = h.image_id
JOIN stores AS s ON s.store_id = h.store_id
JOIN image_sizes AS z
    ON z.store_id = h.store_id
    AND z.engine_image_id = h.engine_image_id
LEFT JOIN image_references AS n
    ON n.store_id = h.store_id
    AND n.engine_image_id = h.engine_image_id
WHERE h.store_id = :store_id
    AND h.image_id = :id
ORDER BY n.tags NULLS LAST, h.engine_image_id
LIMIT 1
