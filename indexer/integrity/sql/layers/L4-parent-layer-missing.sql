-- title: Layers on one that is not there
-- description: Layers whose noted parent is not in the layer store.
SELECT
    s.store_id,
    'layer' AS object_kind,
    l.chain_id AS object_id,
    'image/' || s.driver || '/layerdb/sha256/' || SUBSTR(l.chain_id, 8) || '/parent' AS path,
    'image/' || s.driver || '/layerdb/sha256/' || SUBSTR(l.chain_id, 8)
        || '/parent names a layer, but image/' || s.driver || '/layerdb/sha256/'
        || SUBSTR(l.recorded_parent, 8)
        || ' is missing or damaged; the engine drops this layer and every image on it.'
        AS message,
    CAST(NULL AS TEXT) AS severity,
    l.recorded_parent AS missing
FROM stores AS s
JOIN store_layers AS l ON l.store_id = s.store_id
LEFT JOIN store_layers AS p ON p.store_id = l.store_id AND p.chain_id = l.recorded_parent
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND l.recorded_parent IS NOT NULL
    AND p.chain_id IS NULL
ORDER BY s.store_id, l.chain_id
