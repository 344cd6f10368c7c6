-- title: Images that lack a layer
-- description: Images that the engine cannot load, with the lowest layer that is not there.
WITH names AS (
    SELECT t.store_id, t.image_id, MIN(r.familiar_name || ':' || t.tag) AS name
    FROM unloadable_images AS u
    JOIN tags AS t ON t.store_id = u.store_id AND t.image_id = u.image_id
    JOIN repositories AS r ON r.repository = t.repository
    GROUP BY t.store_id, t.image_id
)
SELECT
    s.store_id,
    'image' AS object_kind,
    u.image_id AS object_id,
    'image/' || s.driver || '/layerdb/sha256/' || SUBSTR(u.lacking_chain_id, 8) AS path,
    'image/' || s.driver || '/layerdb/sha256/' || SUBSTR(u.lacking_chain_id, 8)
        || ' is missing or damaged, a layer of the image ' || u.image_id
        || COALESCE(' (' || n.name || ')', '')
        || ', which is gone when the engine starts again.' AS message,
    CAST(NULL AS TEXT) AS severity,
    u.lacking_chain_id AS missing
FROM stores AS s
JOIN unloadable_images AS u ON u.store_id = s.store_id
LEFT JOIN names AS n ON n.store_id = u.store_id AND n.image_id = u.image_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
ORDER BY s.store_id, u.image_id
