-- title: Build cache without its directory
-- description: Snapshots of BuildKit whose directory of the graph driver is not there.
SELECT
    s.store_id,
    'snapshot' AS object_kind,
    COALESCE(b.snapshot, b.directory) AS object_id,
    s.layer_prefix || b.directory AS path,
    s.layer_prefix || b.directory || ' is missing, the files of the build cache '
        || COALESCE(b.snapshot, b.directory) || '; builds on it fail until it is pruned.'
        AS message,
    CAST(NULL AS TEXT) AS severity,
    b.directory AS missing
FROM stores AS s
JOIN build_snapshots AS b ON b.store_id = s.store_id
LEFT JOIN directories AS d ON d.store_id = b.store_id AND d.directory = b.directory
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND d.directory IS NULL
    AND EXISTS (SELECT 1 FROM directories AS x WHERE x.store_id = s.store_id)
ORDER BY s.store_id, b.directory
