-- title: Images that have the layer
SELECT
    h.image_id,
    n.tags
FROM leftovers AS l
JOIN image_layers AS il ON il.chain_id = l.chain_id
JOIN held_images AS h ON h.store_id = l.store_id AND h.image_id = il.image_id
LEFT JOIN image_references AS n
    ON n.store_id = h.store_id
    AND n.engine_image_id = h.engine_image_id
WHERE l.store_id = :store_id
    AND l.name = :id
ORDER BY n.tags NULLS LAST, h.image_id
