-- title: The record of the build cache
SELECT
    b.type,
    b.description,
    b.created_at,
    b.last_used_at,
    b.usage_count,
    COALESCE(b.size_bytes, sl.size_bytes) AS size_bytes,
    b.chain_id,
    COALESCE(b.directory, sl.cache_id) AS directory,
    s.base_path || '/' || s.layer_prefix || COALESCE(b.directory, sl.cache_id) || s.layer_suffix AS path
FROM build_records AS b
JOIN stores AS s ON s.store_id = b.store_id
LEFT JOIN store_layers AS sl ON sl.store_id = b.store_id AND sl.chain_id = b.chain_id
WHERE b.store_id = :store_id
    AND b.cache_id = :id
