-- title: Layers that share a directory
-- description: Layers whose directory of the graph driver is another layer's too.
SELECT DISTINCT
    s.store_id,
    'layer' AS object_kind,
    k.chain_id AS object_id,
    'image/' || s.driver || '/layerdb/sha256/' || SUBSTR(k.chain_id, 8) || '/cache-id' AS path,
    'image/' || s.driver || '/layerdb/sha256/' || SUBSTR(k.chain_id, 8)
        || '/cache-id names the directory ' || k.cache_id
        || ' of another layer too; removing one destroys the other.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN store_layers AS k ON k.store_id = s.store_id
JOIN store_layers AS o ON o.store_id = k.store_id AND o.cache_id = k.cache_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND o.chain_id <> k.chain_id
ORDER BY 1, 3
