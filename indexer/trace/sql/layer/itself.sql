-- title: The layer with its IDs and its place
SELECT
    l.diff_id,
    l.chain_id,
    sl.cache_id,
    l.parent_chain_id,
    sl.size_bytes,
    s.driver,
    s.base_path || '/' || s.layer_prefix || sl.cache_id || s.layer_suffix AS path,
    CASE s.kind
        WHEN 'graphdriver'
            THEN s.base_path || '/image/' || s.driver || '/layerdb/sha256/'
                || SUBSTR(l.chain_id, 8)
    END AS metadata_path
FROM store_layers AS sl
JOIN layers AS l ON l.chain_id = sl.chain_id
JOIN stores AS s ON s.store_id = sl.store_id
WHERE sl.store_id = :store_id
    AND sl.chain_id = :id
