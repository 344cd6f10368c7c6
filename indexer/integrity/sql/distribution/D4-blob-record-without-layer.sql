-- title: Known layers that are gone
-- description: Layers that v2metadata-by-diffid or diffid-by-digest knows and no layer store has.
WITH known AS (
    SELECT DISTINCT m.store_id, m.diff_id
    FROM digest_map AS m
    WHERE m.source IN ('diffid-by-digest', 'v2metadata-by-diffid')
)
SELECT
    s.store_id,
    'blob' AS object_kind,
    k.diff_id AS object_id,
    'image/' || s.driver || '/distribution/v2metadata-by-diffid/' || REPLACE(k.diff_id, ':', '/')
        AS path,
    'image/' || s.driver || '/distribution/v2metadata-by-diffid/' || REPLACE(k.diff_id, ':', '/')
        || ' or its counterpart is of a layer that is not there any more.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN known AS k ON k.store_id = s.store_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND NOT EXISTS (
        SELECT 1
        FROM layers AS l
        JOIN store_layers AS p ON p.chain_id = l.chain_id
        WHERE l.diff_id = k.diff_id
            AND p.store_id = k.store_id
    )
ORDER BY s.store_id, k.diff_id
