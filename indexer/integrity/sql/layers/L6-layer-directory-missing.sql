-- title: Layers without their directory
-- description: Layers whose directory of the graph driver is not there, with what cannot run for
--   it. Where the driver has no directory at all, that is one finding about the store.
WITH lost AS (
    SELECT s.store_id, s.driver, s.layer_prefix, k.chain_id, k.cache_id
    FROM stores AS s
    JOIN store_layers AS k ON k.store_id = s.store_id
    LEFT JOIN directories AS d ON d.store_id = k.store_id AND d.directory = k.cache_id
    WHERE s.root_id = :root_id
        AND s.kind = 'graphdriver'
        AND d.directory IS NULL
),
bare AS (
    SELECT store_id
    FROM stores
    WHERE root_id = :root_id
        AND NOT EXISTS (SELECT 1 FROM directories AS d WHERE d.store_id = stores.store_id)
)
SELECT
    t.store_id,
    'layer' AS object_kind,
    t.chain_id AS object_id,
    t.layer_prefix || t.cache_id AS path,
    t.layer_prefix || t.cache_id || ' is missing, the files of the layer ' || t.chain_id || '; '
        || COUNT(DISTINCT si.image_id) || ' images' || COALESCE(' such as ' || MIN(i.name), '')
        || ' and ' || COUNT(DISTINCT c.container_id) || ' containers'
        || COALESCE(' such as ' || MIN(c.name), '') || ' cannot run.' AS message,
    CAST(NULL AS TEXT) AS severity,
    t.cache_id AS missing
FROM lost AS t
LEFT JOIN image_layers AS il ON il.chain_id = t.chain_id
LEFT JOIN store_images AS si ON si.store_id = t.store_id AND si.image_id = il.image_id
LEFT JOIN (
    SELECT g.store_id, g.image_id, r.familiar_name || ':' || g.tag AS name
    FROM tags AS g
    JOIN repositories AS r ON r.repository = g.repository
) AS i ON i.store_id = si.store_id AND i.image_id = si.image_id
LEFT JOIN containers AS c ON c.store_id = si.store_id AND c.image_id = si.image_id
WHERE t.store_id NOT IN (SELECT store_id FROM bare)
GROUP BY t.store_id, t.chain_id, t.layer_prefix, t.cache_id
UNION ALL
SELECT
    t.store_id,
    'store' AS object_kind,
    t.driver AS object_id,
    t.driver AS path,
    t.driver || ' holds no directory for any of ' || COUNT(*)
        || ' layers; no image of this store can run.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM lost AS t
WHERE t.store_id IN (SELECT store_id FROM bare)
GROUP BY t.store_id, t.driver
ORDER BY 1, 3
