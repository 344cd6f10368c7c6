-- title: Build cache of layers that are not there
-- description: Snapshots and records of BuildKit whose layer is not in the layer store, or lies in
--   another directory than the snapshot does.
WITH named AS (
    SELECT store_id, COALESCE(snapshot, directory) AS name, directory, chain_id
    FROM build_snapshots
    WHERE chain_id IS NOT NULL
    UNION
    SELECT store_id, cache_id, CAST(NULL AS TEXT), chain_id
    FROM build_records
    WHERE chain_id IS NOT NULL
        AND directory IS NULL
)
SELECT
    s.store_id,
    'snapshot' AS object_kind,
    n.name AS object_id,
    'buildkit/snapshots.db' AS path,
    'buildkit/snapshots.db has the snapshot ' || n.name || ' of the layer ' || n.chain_id
        || CASE
            WHEN k.chain_id IS NULL THEN ', which is not there'
            ELSE ', which lies in ' || k.cache_id || ' and not in ' || n.directory
        END
        || '; builds on it fail until it is pruned.' AS message,
    CAST(NULL AS TEXT) AS severity,
    n.chain_id AS missing
FROM stores AS s
JOIN named AS n ON n.store_id = s.store_id
LEFT JOIN store_layers AS k ON k.store_id = n.store_id AND k.chain_id = n.chain_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND (k.chain_id IS NULL OR n.directory <> k.cache_id)
ORDER BY s.store_id, n.name
