-- title: Stores that their engine uses
-- description: One image store of each Docker root, with the host and the path of the root.
SELECT
    s.store_id,
    s.root_id,
    r.host,
    r.path AS root_path,
    s.driver,
    s.layer_prefix,
    s.layer_suffix
FROM stores AS s
JOIN roots AS r ON r.root_id = s.root_id
WHERE s.active = 1
