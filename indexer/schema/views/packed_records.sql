-- title: Packed layers of the build cache
-- description: The digests of the blobs that each record of the build cache and the records below
--   it were packed into, bottom first, as one text. Records that were never packed are left out.
WITH RECURSIVE packed (store_id, cache_id, blob_digests) AS (
    SELECT
        b.store_id,
        b.cache_id,
        COALESCE(b.blob_digest || ' ', '')
    FROM build_records AS b
    JOIN stores AS s ON s.store_id = b.store_id AND s.kind = 'containerd'
    WHERE NOT EXISTS (
            SELECT 1
            FROM build_parents AS p
            WHERE p.store_id = b.store_id
                AND p.cache_id = b.cache_id
        )
    UNION
    SELECT
        b.store_id,
        b.cache_id,
        k.blob_digests || COALESCE(b.blob_digest || ' ', '')
    FROM packed AS k
    JOIN build_parents AS p
        ON p.store_id = k.store_id
        AND p.parent_cache_id = k.cache_id
        AND p.position = 1
    JOIN build_records AS b ON b.store_id = p.store_id AND b.cache_id = p.cache_id
)
SELECT
    store_id,
    cache_id,
    blob_digests
FROM packed
WHERE blob_digests <> ''
