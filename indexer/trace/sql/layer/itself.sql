-- title: The layer with its IDs and its path
SELECT
    l.diff_id,
    l.chain_id,
    sl.cache_id,
    l.parent_chain_id,
    sl.size_bytes,
    s.driver,
    s.base_path || '/' || s.layer_prefix || sl.cache_id || s.layer_suffix AS path,
    CASE
        WHEN s.kind = 'graphdriver' AND sl.chain_id IS NOT NULL
            THEN s.base_path || '/image/' || s.driver || '/layerdb/sha256/'
                || SUBSTR(l.chain_id, 8)
    END AS metadata_path,
    CASE
        WHEN sl.chain_id IS NOT NULL THEN NULL
        WHEN s.kind = 'containerd' THEN 'it is not unpacked: no snapshot has it'
        ELSE 'it is not in the layer store, or its folder there cannot be loaded'
    END AS lacking
FROM layers AS l
JOIN stores AS s ON s.store_id = :store_id
LEFT JOIN store_layers AS sl ON sl.store_id = s.store_id AND sl.chain_id = l.chain_id
WHERE l.chain_id = :id
