-- title: Directories that no snapshot has
-- description: Directories of a snapshotter that its database does not name; info where that is
--   not certain.
WITH unnamed AS MATERIALIZED (
    SELECT s.place || s.layer_prefix || d.directory AS place, d.store_id, d.directory
    FROM store_places AS s
    JOIN directories AS d ON d.store_id = s.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'containerd'
        AND (d.store_id, d.directory) NOT IN (
            SELECT store_id, directory
            FROM directory_claims
        )
)
SELECT
    u.store_id,
    'directory' AS object_kind,
    u.directory AS object_id,
    u.place AS path,
    u.place
        || CASE o.confidence
            WHEN 'certain' THEN ' is an orphan: '
            ELSE ' looks like an orphan: '
        END
        || o.reason
        || CASE o.confidence
            WHEN 'certain' THEN '; it takes space until containerd next removes a snapshot.'
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
