-- title: The record of the build cache
SELECT
    b.type,
    b.description,
    b.created_at,
    b.last_used_at,
    b.usage_count,
    b.size_bytes,
    b.chain_id,
    b.directory,
    r.path || '/' || s.layer_prefix || b.directory || s.layer_suffix AS path
FROM build_cache AS b
JOIN stores AS s ON s.store_id = b.store_id
JOIN roots AS r ON r.root_id = s.root_id
WHERE b.store_id = :store_id
    AND b.cache_id = :id
