-- title: Containers without a read-write layer
-- description: Containers of a graph driver that have no entry with a mount-id in layerdb/mounts.
SELECT
    s.store_id,
    'mount' AS object_kind,
    c.container_id AS object_id,
    'image/' || s.driver || '/layerdb/mounts/' || c.container_id || '/mount-id' AS path,
    'image/' || s.driver || '/layerdb/mounts/' || c.container_id
        || '/mount-id is missing; the container ' || COALESCE(c.name, c.container_id)
        || ' cannot start, and what it wrote is out of reach.' AS message,
    CAST(NULL AS TEXT) AS severity,
    c.container_id AS missing
FROM stores AS s
JOIN containers AS c ON c.store_id = s.store_id
LEFT JOIN mounts AS m ON m.store_id = c.store_id AND m.name = c.container_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND c.state NOT IN ('dead', 'removing')
    AND m.mount_id IS NULL
ORDER BY s.store_id, c.container_id
