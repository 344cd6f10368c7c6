-- title: Orphaned directories
-- description: Directories of graph drivers that nothing names, with the reason and how sure it is.
--   Certain: nothing that runs can still name it. Likely: an engine is running that is older than
--   the directory. Bytes are empty unless `dockidx sync --du` measured them.
SELECT
    r.host,
    s.driver,
    d.directory,
    d.disk_bytes,
    d.modified_at,
    o.reason,
    o.confidence,
    r.path || '/' || s.layer_prefix || d.directory || s.layer_suffix AS path,
    d.first_seen_at
FROM directory_owners AS o
JOIN directories AS d ON d.store_id = o.store_id AND d.directory = o.directory
JOIN stores AS s ON s.store_id = d.store_id
JOIN roots AS r ON r.root_id = s.root_id
WHERE o.owner_kind = 'orphan'
ORDER BY d.disk_bytes DESC NULLS LAST, r.host, d.directory, r.path
