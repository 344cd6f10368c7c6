-- title: Directories that no snapshot has
-- description: Directories of a snapshotter that its database does not name; info where a running
--   engine may still name them.
SELECT
    s.store_id,
    'directory' AS object_kind,
    o.directory AS object_id,
    s.place || s.layer_prefix || o.directory AS path,
    s.place || s.layer_prefix || o.directory || ' is an orphan: ' || o.reason
        || CASE o.confidence
            WHEN 'certain' THEN '; it takes space until containerd next removes a snapshot.'
            ELSE ', as far as can be told while the engine runs.'
        END AS message,
    CASE WHEN o.confidence <> 'certain' THEN 'info' END AS severity,
    CAST(NULL AS TEXT) AS missing
FROM store_places AS s
JOIN directory_owners AS o ON o.store_id = s.store_id
WHERE s.root_id = :root_id
    AND s.kind = 'containerd'
    AND o.owner_kind = 'orphan'
ORDER BY s.store_id, o.directory
