-- title: The image with its names and sizes
SELECT
    n.tags,
    n.digests,
    si.parent_id,
    i.created_at,
    z.size_bytes,
    z.unique_bytes,
    si.last_tagged_at,
    r.path || '/image/' || s.driver || '/imagedb/content/sha256/' || SUBSTR(i.image_id, 8) AS path
FROM store_images AS si
JOIN images AS i ON i.image_id = si.image_id
JOIN stores AS s ON s.store_id = si.store_id
JOIN roots AS r ON r.root_id = s.root_id
JOIN image_sizes AS z ON z.store_id = si.store_id AND z.image_id = si.image_id
LEFT JOIN image_references AS n ON n.store_id = si.store_id AND n.image_id = si.image_id
WHERE si.store_id = :store_id
    AND si.image_id = :id
