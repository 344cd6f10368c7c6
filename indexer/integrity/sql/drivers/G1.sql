-- title: Orphaned directories
-- description: Directories of a graph driver that nothing names; info where a running engine may
--   still name it.
SELECT
    s.store_id,
    'directory' AS object_kind,
    o.directory AS object_id,
    s.layer_prefix || o.directory AS path,
    s.layer_prefix || o.directory || ' is an orphan: ' || o.reason
        || CASE o.confidence
            WHEN 'certain' THEN '; it takes space that no command of Docker frees.'
            ELSE ', as far as can be told while the engine runs.'
        END AS message,
    CASE WHEN o.confidence <> 'certain' THEN 'info' END AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN directory_owners AS o ON o.store_id = s.store_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND o.owner_kind = 'orphan'
ORDER BY s.store_id, o.directory
