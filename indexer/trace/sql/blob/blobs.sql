-- title: Repositories that the blob is known from
SELECT
    blob_digest,
    source_repository,
    CASE pushed WHEN 1 THEN 'push' ELSE 'pull' END AS learnt_by
FROM digest_repositories
WHERE store_id = :store_id
    AND blob_digest = :id
ORDER BY source_repository
