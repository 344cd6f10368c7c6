-- title: Directories that are committed or should be
-- description: Directories with another one on them that are not marked as committed, in stores
--   whose engine marks any, and read-write directories of containers that are.
SELECT
    s.store_id,
    'directory' AS object_kind,
    d.directory AS object_id,
    s.layer_prefix || d.directory || '/committed' AS path,
    s.layer_prefix || d.directory
        || '/committed is missing, though another directory is on this one.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN directories AS d ON d.store_id = s.store_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND s.driver = 'overlay2'
    AND d.committed = 0
    AND EXISTS (
        SELECT 1
        FROM directories AS c
        WHERE c.store_id = d.store_id
            AND c.lower_directory = d.directory
    )
    AND EXISTS (
        SELECT 1
        FROM directories AS x
        WHERE x.store_id = s.store_id
            AND x.committed = 1
    )
UNION ALL
SELECT
    s.store_id,
    'directory' AS object_kind,
    d.directory AS object_id,
    s.layer_prefix || d.directory || '/committed' AS path,
    s.layer_prefix || d.directory || '/committed is in the directory that the container '
        || COALESCE(c.name, c.container_id) || ' writes to; it is mounted read-only.' AS message,
    'error' AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN containers AS c ON c.store_id = s.store_id
JOIN mounts AS m ON m.store_id = c.store_id AND m.name = c.container_id
JOIN directories AS d ON d.store_id = m.store_id AND d.directory = m.mount_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND s.driver = 'overlay2'
    AND d.committed = 1
ORDER BY 1, 3
