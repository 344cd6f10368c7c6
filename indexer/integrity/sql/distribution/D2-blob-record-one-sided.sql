-- title: Blobs that one side knows
-- description: Blobs that diffid-by-digest or v2metadata-by-diffid gives a layer, and the other one
--   does not.
WITH sides AS (
    SELECT m.store_id, m.blob_digest, m.diff_id, MIN(m.source) AS source
    FROM digest_map AS m
    WHERE m.source IN ('diffid-by-digest', 'v2metadata-by-diffid')
    GROUP BY m.store_id, m.blob_digest, m.diff_id
    HAVING COUNT(*) = 1
),
files AS (
    SELECT
        s.store_id,
        m.blob_digest,
        m.diff_id,
        'image/' || s.driver || '/distribution/' || m.source || '/'
            || REPLACE(
                CASE m.source WHEN 'diffid-by-digest' THEN m.blob_digest ELSE m.diff_id END,
                ':',
                '/'
            ) AS file
    FROM stores AS s
    JOIN sides AS m ON m.store_id = s.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'graphdriver'
)
SELECT
    f.store_id,
    'blob' AS object_kind,
    f.blob_digest AS object_id,
    f.file AS path,
    f.file || ' has the blob ' || f.blob_digest || ' of the layer ' || f.diff_id
        || ', which the other side of the map has not.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM files AS f
ORDER BY f.store_id, f.blob_digest, f.diff_id, f.file
