-- title: Build cache
-- description: Every record of BuildKit's cache, as `docker builder du` lists them. A size is empty
--   where neither the engine nor `dockidx sync --du` has counted it yet. Shared records cost
--   nothing while an image has them.
SELECT
    s.host,
    b.cache_id,
    b.type,
    b.created_at,
    b.last_used_at,
    b.usage_count,
    b.size_bytes,
    b.shared,
    b.in_use,
    b.directory,
    b.description,
    s.root_path
FROM build_cache AS b
JOIN active_stores AS s ON s.store_id = b.store_id
ORDER BY s.host, b.created_at NULLS FIRST, b.cache_id, s.root_path
