-- title: Build cache
-- description: The records of BuildKit's cache that `docker builder du` lists. A size is empty if
--   neither the engine nor `dockidx sync --du` has measured it yet. A shared record takes no space
--   of its own while an image has its layers.
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
