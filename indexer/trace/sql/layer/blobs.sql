-- title: Registry blobs that unpack to the layer
SELECT
    m.blob_digest,
    p.source_repository,
    CASE p.pushed WHEN 1 THEN 'push' WHEN 0 THEN 'pull' END AS learnt_by,
    CASE
        WHEN s.kind = 'containerd' THEN COALESCE(b.present, 0)
    END AS present
FROM layers AS l
JOIN (
    SELECT DISTINCT store_id, blob_digest, diff_id
    FROM digest_map
) AS m ON m.diff_id = l.diff_id AND m.store_id = :store_id
JOIN stores AS s ON s.store_id = m.store_id
LEFT JOIN store_blobs AS b ON b.store_id = m.store_id AND b.blob_digest = m.blob_digest
LEFT JOIN digest_repositories AS p
    ON p.store_id = m.store_id
    AND p.blob_digest = m.blob_digest
    AND p.diff_id = m.diff_id
WHERE l.chain_id = :id
ORDER BY m.blob_digest, p.source_repository
