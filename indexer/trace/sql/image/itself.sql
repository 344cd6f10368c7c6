-- title: The image with its names and sizes
SELECT
    n.tags,
    n.digests,
    si.parent_id,
    i.created_at,
    z.size_bytes,
    z.unique_bytes,
    si.last_tagged_at,
    CASE
        WHEN s.kind = 'graphdriver' AND si.engine_image_id IS NOT NULL
            THEN s.base_path || '/image/' || s.driver || '/imagedb/content/sha256/'
                || SUBSTR(h.id, 8)
        WHEN s.kind = 'containerd' AND (h.image_id IS NOT NULL OR b.present = 1)
            THEN s.base_path || '/io.containerd.content.v1.content/blobs/'
                || REPLACE(h.id, ':', '/')
    END AS path,
    h.engine_image_id,
    m.artifact_type,
    CASE
        WHEN h.image_id IS NOT NULL THEN NULL
        WHEN s.kind = 'graphdriver' THEN 'its config is not on the disk'
        WHEN b.present IS NULL OR b.present = 0
            THEN 'its index or manifest is not on the disk'
        WHEN c.present = 1 THEN 'it is an artifact and has no layers that can be run'
        ELSE 'no config of an image of it is on the disk'
    END AS lacking
FROM known_images AS h
JOIN stores AS s ON s.store_id = h.store_id
LEFT JOIN store_images AS si
    ON si.store_id = h.store_id
    AND si.engine_image_id = h.engine_image_id
LEFT JOIN images AS i ON i.image_id = h.image_id
LEFT JOIN image_sizes AS z
    ON z.store_id = h.store_id
    AND z.engine_image_id = h.engine_image_id
LEFT JOIN image_references AS n
    ON n.store_id = h.store_id
    AND n.engine_image_id = h.engine_image_id
LEFT JOIN store_blobs AS b ON b.store_id = h.store_id AND b.blob_digest = h.engine_image_id
LEFT JOIN manifests AS m ON m.manifest_digest = h.engine_image_id
LEFT JOIN store_blobs AS c ON c.store_id = h.store_id AND c.blob_digest = m.config_digest
WHERE h.store_id = :store_id
    AND h.id = :id
ORDER BY n.tags NULLS LAST, h.engine_image_id
LIMIT 1
