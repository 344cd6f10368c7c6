-- title: Blobs that one side knows
-- description: Blobs that diffid-by-digest or v2metadata-by-diffid gives a layer, and the other one
--   does not.
SELECT
    s.store_id,
    'blob' AS object_kind,
    m.blob_digest AS object_id,
    'image/' || s.driver || '/distribution/' || m.source || '/'
        || REPLACE(
            CASE m.source WHEN 'diffid-by-digest' THEN m.blob_digest ELSE m.diff_id END, ':', '/'
        ) AS path,
    'image/' || s.driver || '/distribution/' || m.source || '/'
        || REPLACE(
            CASE m.source WHEN 'diffid-by-digest' THEN m.blob_digest ELSE m.diff_id END, ':', '/'
        )
        || ' has the blob ' || m.blob_digest || ' of the layer ' || m.diff_id
        || ', which the other side of the map has not.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN digest_map AS m ON m.store_id = s.store_id
LEFT JOIN digest_map AS o
    ON o.store_id = m.store_id
    AND o.blob_digest = m.blob_digest
    AND o.diff_id = m.diff_id
    AND o.source <> m.source
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND o.source IS NULL
    AND m.source IN ('diffid-by-digest', 'v2metadata-by-diffid')
ORDER BY s.store_id, m.blob_digest, m.diff_id, m.source
