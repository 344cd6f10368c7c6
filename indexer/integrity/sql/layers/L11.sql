-- title: Layers that nothing needs
-- description: Layers of no image, below no read-write layer and not held by the build cache. One
--   that is younger than a running engine may be part of what that one is pulling or building.
WITH built AS (
    SELECT store_id, parent AS chain_id
    FROM build_snapshots
    WHERE parent LIKE 'sha256:%'
)
SELECT
    s.store_id,
    'layer' AS object_kind,
    k.chain_id AS object_id,
    'image/' || s.driver || '/layerdb/sha256/' || SUBSTR(k.chain_id, 8) AS path,
    'image/' || s.driver || '/layerdb/sha256/' || SUBSTR(k.chain_id, 8)
        || CASE
            WHEN r.engine_started_at <= d.changed_at
                THEN ' is a layer of no image yet; a pull or build may be in progress.'
            ELSE ' is a layer that nothing needs and no command removes.'
        END AS message,
    CASE WHEN r.engine_started_at <= d.changed_at THEN 'info' END AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN roots AS r ON r.root_id = s.root_id
JOIN store_layers AS k ON k.store_id = s.store_id
LEFT JOIN directories AS d ON d.store_id = k.store_id AND d.directory = k.cache_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND NOT EXISTS (
        SELECT 1
        FROM image_layers AS il
        JOIN store_images AS si ON si.image_id = il.image_id
        WHERE il.chain_id = k.chain_id
            AND si.store_id = k.store_id
    )
    AND (k.store_id, k.chain_id) NOT IN (SELECT store_id, chain_id FROM held_layers)
    AND (k.store_id, k.chain_id) NOT IN (SELECT store_id, chain_id FROM built)
ORDER BY s.store_id, k.chain_id
