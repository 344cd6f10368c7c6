-- title: Shared layers
-- description: Layers that more than one image of a store has.
WITH users AS (
    SELECT
        s.store_id,
        s.host,
        il.chain_id,
        COUNT(*) AS images
    FROM (
        SELECT DISTINCT store_id, image_id
        FROM held_images
    ) AS h
    JOIN active_stores AS s ON s.store_id = h.store_id
    JOIN image_layers AS il ON il.image_id = h.image_id
    GROUP BY s.store_id, s.host, il.chain_id
    HAVING COUNT(*) > 1
)
SELECT
    u.host,
    u.chain_id,
    l.diff_id,
    sl.size_bytes,
    u.images,
    sl.cache_id
FROM users AS u
JOIN layers AS l ON l.chain_id = u.chain_id
JOIN store_layers AS sl ON sl.store_id = u.store_id AND sl.chain_id = u.chain_id
ORDER BY sl.size_bytes DESC NULLS LAST, u.host, u.chain_id, sl.cache_id
