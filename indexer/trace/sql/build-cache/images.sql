-- title: Images that have the layer of the record
SELECT
    il.image_id,
    n.tags,
    il.position
FROM build_records AS b
JOIN image_layers AS il ON il.chain_id = b.chain_id
JOIN held_images AS h ON h.store_id = b.store_id AND h.image_id = il.image_id
LEFT JOIN image_references AS n
    ON n.store_id = h.store_id
    AND n.engine_image_id = h.engine_image_id
WHERE b.store_id = :store_id
    AND b.cache_id = :id
ORDER BY il.image_id, n.tags NULLS FIRST
