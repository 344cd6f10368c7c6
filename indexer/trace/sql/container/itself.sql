-- title: The container with its read-write layer
SELECT
    c.name,
    c.state,
    c.exit_code,
    c.image_name,
    c.created_at,
    m.mount_id,
    m.init_id,
    m.parent_chain_id,
    s.base_path || '/' || s.layer_prefix || m.mount_id || s.layer_suffix AS directory,
    r.path || '/containers/' || c.container_id AS path
FROM containers AS c
JOIN roots AS r ON r.root_id = c.root_id
LEFT JOIN stores AS s ON s.store_id = c.store_id
LEFT JOIN mounts AS m ON m.store_id = c.store_id AND m.name = c.container_id
WHERE c.root_id = :root_id
    AND c.container_id = :id
