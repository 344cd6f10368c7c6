-- title: Containers whose image is gone
-- description: Containers of a graph driver whose image is not in its store.
SELECT
    s.store_id,
    'container' AS object_kind,
    c.container_id AS object_id,
    'containers/' || c.container_id || '/config.v2.json' AS path,
    'containers/' || c.container_id || '/config.v2.json is on the image ' || c.image_id
        || ', but image/' || s.driver || '/imagedb/content/sha256/' || SUBSTR(c.image_id, 8)
        || ' is missing or damaged; the container ' || COALESCE(c.name, c.container_id)
        || ' cannot be made again.' AS message,
    CAST(NULL AS TEXT) AS severity,
    c.image_id AS missing
FROM stores AS s
JOIN containers AS c ON c.store_id = s.store_id
LEFT JOIN store_images AS si ON si.store_id = c.store_id AND si.image_id = c.image_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND c.image_id IS NOT NULL
    AND si.image_id IS NULL
ORDER BY s.store_id, c.container_id
