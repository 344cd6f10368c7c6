-- title: What the blob unpacks to, and the file that says so
SELECT
    MIN(m.diff_id) AS diff_id,
    MIN(
        r.path || '/image/' || s.driver || '/distribution/' || m.source || '/sha256/'
        || SUBSTR(CASE m.source WHEN 'diffid-by-digest' THEN m.blob_digest ELSE m.diff_id END, 8)
    ) AS path
FROM digest_map AS m
JOIN stores AS s ON s.store_id = m.store_id
JOIN roots AS r ON r.root_id = s.root_id
WHERE m.store_id = :store_id
    AND m.blob_digest = :id
