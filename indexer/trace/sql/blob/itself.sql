-- title: What the blob unpacks to
SELECT
    MIN(diff_id) AS diff_id
FROM digest_map
WHERE store_id = :store_id
    AND blob_digest = :id
