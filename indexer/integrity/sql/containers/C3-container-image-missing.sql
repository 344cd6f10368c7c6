-- title: Containers whose image is gone
-- description: Containers whose image is not in the store of their driver. One of containerd is
--   there while any image has its manifest, or a blob of it is left: its name alone may be gone.
SELECT
    s.store_id AS store_id,
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
UNION ALL
SELECT
    s.store_id AS store_id,
    'container' AS object_kind,
    c.container_id AS object_id,
    'containers/' || c.container_id || '/config.v2.json' AS path,
    'containers/' || c.container_id || '/config.v2.json is on the image ' || c.engine_image_id
        || ', but neither an image nor a blob of that digest is in containerd; the container '
        || COALESCE(c.name, c.container_id) || ' cannot be made again.' AS message,
    CAST(NULL AS TEXT) AS severity,
    c.engine_image_id AS missing
FROM stores AS s
JOIN containers AS c ON c.store_id = s.store_id
WHERE s.root_id = :root_id
    AND s.kind = 'containerd'
    AND SUBSTR(c.engine_image_id, 1, 3) = 'sha'
    AND NOT EXISTS (
        SELECT 1
        FROM stores AS o
        JOIN store_images AS si ON si.store_id = o.store_id
        WHERE o.root_id = s.root_id
            AND o.kind = 'containerd'
            AND si.engine_image_id IN (c.engine_image_id, c.manifest_digest)
    )
    AND NOT EXISTS (
        SELECT 1
        FROM stores AS o
        JOIN image_manifests AS im ON im.store_id = o.store_id
        WHERE o.root_id = s.root_id
            AND o.kind = 'containerd'
            AND im.manifest_digest IN (c.engine_image_id, c.manifest_digest)
    )
    AND NOT EXISTS (
        SELECT 1
        FROM stores AS o
        JOIN store_blobs AS b ON b.store_id = o.store_id
        WHERE o.root_id = s.root_id
            AND o.kind = 'containerd'
            AND b.blob_digest IN (c.engine_image_id, c.manifest_digest)
            AND b.present = 1
    )
ORDER BY store_id, object_id
