-- title: The container with its read-write layer, or a container folder without a config
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
    r.path || '/containers/' || c.container_id AS path,
    c.log_bytes,
    NULL AS about
FROM containers AS c
JOIN roots AS r ON r.root_id = c.root_id
LEFT JOIN stores AS s ON s.store_id = c.store_id
LEFT JOIN mounts AS m ON m.store_id = c.store_id AND m.name = c.container_id
WHERE c.root_id = :root_id
    AND c.container_id = :id
UNION ALL
SELECT
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    m.mount_id,
    m.init_id,
    m.parent_chain_id,
    s.base_path || '/' || s.layer_prefix || m.mount_id || s.layer_suffix,
    r.path || '/' || f.path,
    NULL,
    f.about
FROM other_files AS f
JOIN roots AS r ON r.root_id = f.root_id
LEFT JOIN (
    SELECT s.root_id, m.store_id, m.name, m.mount_id, m.init_id, m.parent_chain_id
    FROM mounts AS m
    JOIN stores AS s ON s.store_id = m.store_id
) AS m ON m.root_id = f.root_id AND m.name = f.name
LEFT JOIN stores AS s ON s.store_id = m.store_id
WHERE f.root_id = :root_id
    AND f.kind = 'container-folder'
    AND f.name = :id
    AND NOT EXISTS (
        SELECT 1
        FROM containers AS c
        WHERE c.root_id = f.root_id
            AND c.container_id = f.name
    )
