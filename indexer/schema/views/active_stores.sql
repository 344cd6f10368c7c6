-- title: Stores that the engine uses
-- description: The image store that the engine of each Docker root uses, with the host and the path
--   of the root. The path of a layer's files is base path, layer prefix, cache ID and layer suffix,
--   one after the other.
SELECT
    s.store_id,
    s.root_id,
    r.host,
    r.path AS root_path,
    s.kind,
    s.driver,
    s.base_path,
    s.layer_prefix,
    s.layer_suffix,
    s.images_known,
    s.names_known,
    s.layers_known,
    s.mounts_known,
    s.directories_known,
    s.build_cache_known,
    r.containers_known,
    r.volumes_known
FROM stores AS s
JOIN roots AS r ON r.root_id = s.root_id
WHERE s.active = 1
