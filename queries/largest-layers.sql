-- title: Largest layers
-- description: The largest layers first, with the command that made each one.
-- param: limit integer Number of layers to list; empty for 50.
WITH users AS (
    SELECT
        h.store_id,
        il.chain_id,
        COUNT(*) AS images,
        MIN(il.image_id) AS image_id,
        MIN(il.position) AS position
    FROM (
        SELECT DISTINCT store_id, image_id
        FROM held_images
    ) AS h
    JOIN image_layers AS il ON il.image_id = h.image_id
    GROUP BY h.store_id, il.chain_id
)
SELECT
    s.host,
    sl.chain_id,
    sl.size_bytes,
    COALESCE(u.images, 0) AS images,
    h.created_by,
    sl.cache_id
FROM store_layers AS sl
JOIN active_stores AS s ON s.store_id = sl.store_id
LEFT JOIN users AS u ON u.store_id = sl.store_id AND u.chain_id = sl.chain_id
LEFT JOIN image_history AS h ON h.image_id = u.image_id AND h.position = u.position
ORDER BY sl.size_bytes DESC NULLS LAST, s.host, sl.chain_id, s.root_path
LIMIT CAST(COALESCE(NULLIF(CAST(:limit AS TEXT), ''), '50') AS BIGINT)
