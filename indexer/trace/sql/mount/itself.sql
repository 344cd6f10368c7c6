-- title: A read-write layer without a container
SELECT
    m.mount_id,
    m.init_id,
    m.parent_chain_id,
    d.disk_bytes,
    s.base_path || '/' || s.layer_prefix || m.mount_id || s.layer_suffix AS path,
    CASE s.kind
        WHEN 'graphdriver'
            THEN s.base_path || '/image/' || s.driver || '/layerdb/mounts/' || m.name
    END AS metadata_path,
    'the read-write layer of a container that is not there, of a build or of an image mount'
        AS about
FROM mounts AS m
JOIN stores AS s ON s.store_id = m.store_id
LEFT JOIN directories AS d ON d.store_id = m.store_id AND d.directory = m.mount_id
WHERE m.store_id = :store_id
    AND m.name = :id
