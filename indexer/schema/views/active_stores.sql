-- title: Stores that their engine uses
-- description: One image store of each Docker root, with the host and the path of the root. Base
--   path, layer prefix, the cache ID and layer suffix make the path of a layer's files.
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
