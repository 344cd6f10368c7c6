-- title: Read-write layers without their directories
-- description: Entries in layerdb/mounts whose mount-id or init-id names no directory of the
--   driver.
WITH named AS (
    SELECT store_id, name, mount_id AS directory
    FROM mounts
    WHERE mount_id IS NOT NULL
    UNION ALL
    SELECT store_id, name, init_id AS directory
    FROM mounts
    WHERE init_id IS NOT NULL
)
SELECT
    s.store_id,
    'mount' AS object_kind,
    m.name AS object_id,
    s.layer_prefix || m.directory AS path,
    s.layer_prefix || m.directory || ' is missing; '
        || COALESCE('the container ' || COALESCE(c.name, c.container_id), 'what is mounted there')
        || ' cannot start.' AS message,
    CAST(NULL AS TEXT) AS severity,
    m.directory AS missing
FROM stores AS s
JOIN named AS m ON m.store_id = s.store_id
LEFT JOIN directories AS d ON d.store_id = m.store_id AND d.directory = m.directory
LEFT JOIN containers AS c ON c.store_id = m.store_id AND c.container_id = m.name
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND d.directory IS NULL
    AND (c.state IS NULL OR c.state NOT IN ('dead', 'removing'))
    AND EXISTS (SELECT 1 FROM directories AS x WHERE x.store_id = s.store_id)
ORDER BY s.store_id, m.directory, m.name
