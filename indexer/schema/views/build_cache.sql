-- title: Build cache
-- description: The records of the build cache that the engine lists. A record is shared if an image
--   has its layer or a layer built on it; with containerd, if its packed layers and those below it
--   are exactly the layers of a manifest. Which records a running build uses is only in the memory
--   of the engine, so the view describes the cache while nothing is built.
WITH RECURSIVE shared (store_id, cache_id) AS (
    SELECT b.store_id, b.cache_id
    FROM build_records AS b
    JOIN stores AS s ON s.store_id = b.store_id AND s.kind = 'graphdriver'
    WHERE b.listed = 1
        AND EXISTS (
            SELECT 1
            FROM image_layers AS il
            JOIN store_images AS si ON si.image_id = il.image_id
            WHERE il.chain_id = b.chain_id
                AND si.store_id = b.store_id
        )
    UNION
    SELECT p.store_id, p.cache_id
    FROM packed_records AS p
    JOIN packed_manifests AS m ON m.store_id = p.store_id AND m.blob_digests = p.blob_digests
    UNION
    SELECT p.store_id, p.parent_cache_id
    FROM shared AS s
    JOIN build_parents AS p ON p.store_id = s.store_id AND p.cache_id = s.cache_id
)
SELECT
    b.store_id,
    b.cache_id,
    b.type,
    b.description,
    b.created_at,
    b.last_used_at,
    b.usage_count,
    COALESCE(b.size_bytes, sl.size_bytes) AS size_bytes,
    CASE WHEN s.cache_id IS NULL THEN 0 ELSE 1 END AS shared,
    0 AS in_use,
    COALESCE(b.directory, sl.cache_id) AS directory,
    b.chain_id
FROM build_records AS b
LEFT JOIN shared AS s ON s.store_id = b.store_id AND s.cache_id = b.cache_id
LEFT JOIN store_layers AS sl ON sl.store_id = b.store_id AND sl.chain_id = b.chain_id
WHERE b.listed = 1
