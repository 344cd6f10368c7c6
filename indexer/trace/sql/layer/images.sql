-- title: Images that have the layer, and the step that made it
SELECT
    h.image_id,
    n.tags,
    il.position,
    i.layer_count AS layers,
    k.created_by,
    i.os,
    i.architecture
FROM image_layers AS il
JOIN held_images AS h ON h.image_id = il.image_id AND h.store_id = :store_id
JOIN images AS i ON i.image_id = il.image_id
LEFT JOIN image_references AS n
    ON n.store_id = :store_id
    AND n.engine_image_id = h.engine_image_id
LEFT JOIN image_history AS k ON k.image_id = il.image_id AND k.position = il.position
WHERE il.chain_id = :id
ORDER BY n.tags IS NULL, n.tags, h.image_id, h.engine_image_id
