-- title: Images that lack a layer
-- description: Images that the engine cannot load, with the lowest of their layers that is not
--   there, or that stands on one which is not.
WITH lacking AS (
    SELECT u.store_id, u.image_id, MIN(il.position) AS position
    FROM unloadable_images AS u
    JOIN image_layers AS il ON il.image_id = u.image_id
    LEFT JOIN store_layers AS l ON l.store_id = u.store_id AND l.chain_id = il.chain_id
    WHERE l.chain_id IS NULL
        OR (l.store_id, l.chain_id) IN (SELECT store_id, chain_id FROM unloadable_layers)
    GROUP BY u.store_id, u.image_id
)
SELECT
    s.store_id,
    'image' AS object_kind,
    k.image_id AS object_id,
    'image/' || s.driver || '/layerdb/sha256/' || SUBSTR(il.chain_id, 8) AS path,
    'image/' || s.driver || '/layerdb/sha256/' || SUBSTR(il.chain_id, 8)
        || ' is missing or damaged: layer ' || il.position || ' of the image ' || k.image_id
        || COALESCE(' (' || n.name || ')', '')
        || ', which is gone when the engine starts again.' AS message,
    CAST(NULL AS TEXT) AS severity,
    il.chain_id AS missing
FROM stores AS s
JOIN lacking AS k ON k.store_id = s.store_id
JOIN image_layers AS il ON il.image_id = k.image_id AND il.position = k.position
LEFT JOIN (
    SELECT t.store_id, t.image_id, MIN(r.familiar_name || ':' || t.tag) AS name
    FROM tags AS t
    JOIN repositories AS r ON r.repository = t.repository
    GROUP BY t.store_id, t.image_id
) AS n ON n.store_id = k.store_id AND n.image_id = k.image_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
ORDER BY s.store_id, k.image_id
