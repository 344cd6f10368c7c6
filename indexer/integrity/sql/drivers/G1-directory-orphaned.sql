-- title: Orphaned directories
-- description: Directories of a graph driver that nothing names; info where that is not
--   certain.
WITH unnamed AS MATERIALIZED (
    SELECT s.layer_prefix, d.store_id, d.directory
    FROM stores AS s
    JOIN directories AS d ON d.store_id = s.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'graphdriver'
        AND (d.store_id, d.directory) NOT IN (
            SELECT store_id, directory
            FROM directory_claims
        )
)
SELECT
    u.store_id,
    'directory' AS object_kind,
    u.directory AS object_id,
    u.layer_prefix || u.directory AS path,
    u.layer_prefix || u.directory
        || CASE o.confidence
            WHEN 'certain' THEN ' is an orphan: '
            ELSE ' looks like an orphan: '
        END
        || o.reason
        || CASE o.confidence
            WHEN 'certain' THEN '; it takes space that no command of Docker frees.'
            ELSE '.'
        END AS message,
    CASE WHEN o.confidence <> 'certain' THEN 'info' END AS severity,
    CAST(NULL AS TEXT) AS missing
FROM unnamed AS u
CROSS JOIN directory_owners AS o
WHERE o.store_id = u.store_id
    AND o.directory = u.directory
    AND o.owner_kind = 'orphan'
ORDER BY u.store_id, u.directory
