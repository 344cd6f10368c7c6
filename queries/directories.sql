-- title: Directories
-- description: Every directory of each graph driver and snapshotter with its owner, including
--   directories of drivers that the engine no longer uses. Owner kinds: image-layer, container-rw,
--   container-init, build-cache, other-mount, removing, in-progress, orphan, undetermined. A size
--   is empty unless `dockidx sync --du` measured it.
SELECT
    r.host,
    s.driver,
    d.directory,
    o.owner_kind,
    o.owner_id,
    d.size_bytes,
    d.disk_bytes,
    d.modified_at,
    s.base_path || '/' || s.layer_prefix || d.directory || s.layer_suffix AS path
FROM directories AS d
JOIN stores AS s ON s.store_id = d.store_id
JOIN roots AS r ON r.root_id = s.root_id
JOIN directory_owners AS o ON o.store_id = d.store_id AND o.directory = d.directory
ORDER BY r.host, r.path, s.active DESC, s.driver, s.kind, d.directory
