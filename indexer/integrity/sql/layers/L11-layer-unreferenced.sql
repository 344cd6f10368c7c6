-- title: Layers that nothing needs
-- description: Layers of no image, below no read-write layer and not held by the build cache. One
--   that is younger than a running engine may be part of what that one is pulling or building.
WITH suspects AS MATERIALIZED (
    SELECT s.root_id, s.driver, k.store_id, k.chain_id, k.cache_id
    FROM stores AS s
    JOIN store_layers AS k ON k.store_id = s.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'graphdriver'
        AND NOT EXISTS (
            SELECT 1
            FROM image_layers AS il
            CROSS JOIN store_images AS si
            WHERE il.chain_id = k.chain_id
                AND si.store_id = k.store_id
                AND si.image_id = il.image_id
        )
)
SELECT
    k.store_id,
    'layer' AS object_kind,
    k.chain_id AS object_id,
    'image/' || k.driver || '/layerdb/sha256/' || SUBSTR(k.chain_id, 8) AS path,
    'image/' || k.driver || '/layerdb/sha256/' || SUBSTR(k.chain_id, 8)
        || CASE
            WHEN r.busy_since <= d.changed_at
                THEN ' is a layer of no image yet; a pull or build may be in progress.'
            ELSE ' is a layer that nothing needs and no command removes.'
        END AS message,
    CASE WHEN r.busy_since <= d.changed_at THEN 'info' END AS severity,
    CAST(NULL AS TEXT) AS missing
FROM suspects AS k
JOIN roots AS r ON r.root_id = k.root_id
LEFT JOIN directories AS d ON d.store_id = k.store_id AND d.directory = k.cache_id
WHERE (k.store_id, k.chain_id) NOT IN (SELECT store_id, chain_id FROM held_layers)
    AND (k.store_id, k.chain_id) NOT IN (
        SELECT store_id, parent
        FROM build_snapshots
        WHERE parent IS NOT NULL
    )
ORDER BY k.store_id, k.chain_id
