-- title: Images that the engine cannot load
-- description: Images whose top layer is missing from the layer store or cannot be loaded, with the
--   lowest layer that is missing.
WITH broken AS (
    SELECT si.store_id, si.image_id, i.top_chain_id, u.lacking_chain_id
    FROM store_images AS si
    JOIN images AS i ON i.image_id = si.image_id
    LEFT JOIN store_layers AS l ON l.store_id = si.store_id AND l.chain_id = i.top_chain_id
    LEFT JOIN unloadable_layers AS u
        ON u.store_id = si.store_id
        AND u.chain_id = i.top_chain_id
    WHERE i.top_chain_id IS NOT NULL
        AND (l.chain_id IS NULL OR u.chain_id IS NOT NULL)
),
absent AS (
    SELECT b.store_id, b.image_id, MIN(il.position) AS position
    FROM broken AS b
    JOIN image_layers AS il ON il.image_id = b.image_id
    LEFT JOIN store_layers AS l ON l.store_id = b.store_id AND l.chain_id = il.chain_id
    WHERE l.chain_id IS NULL
    GROUP BY b.store_id, b.image_id
)
SELECT
    b.store_id,
    b.image_id,
    COALESCE(il.chain_id, b.lacking_chain_id, b.top_chain_id) AS lacking_chain_id
FROM broken AS b
LEFT JOIN absent AS a ON a.store_id = b.store_id AND a.image_id = b.image_id
LEFT JOIN image_layers AS il ON il.image_id = a.image_id AND il.position = a.position
