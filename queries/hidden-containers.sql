-- title: Containers that the engine does not list
-- description: Containers of a graph driver or snapshotter that the engine no longer uses. `docker
--   ps --all` does not list them, but `docker volume ls` still lists their volumes.
SELECT
    r.host,
    c.container_id,
    c.name,
    c.image_name AS image,
    c.driver,
    s.base_path || '/' || s.layer_prefix || m.mount_id || s.layer_suffix AS rw_directory,
    c.state,
    c.created_at,
    r.path AS root_path
FROM containers AS c
JOIN roots AS r ON r.root_id = c.root_id
LEFT JOIN listed_containers AS k
    ON k.root_id = c.root_id
    AND k.container_id = c.container_id
LEFT JOIN stores AS s ON s.store_id = c.store_id
LEFT JOIN mounts AS m ON m.store_id = c.store_id AND m.name = c.container_id
WHERE k.container_id IS NULL
ORDER BY r.host, r.path, c.created_at DESC NULLS LAST, c.container_id
