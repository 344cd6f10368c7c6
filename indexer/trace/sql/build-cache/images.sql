-- title: Images that have the layer of the record
SELECT
    il.image_id,
    n.tags,
    il.position
FROM build_records AS b
JOIN image_layers AS il ON il.chain_id = b.chain_id
JOIN store_images AS si ON si.store_id = b.store_id AND si.image_id = il.image_id
LEFT JOIN image_references AS n ON n.store_id = si.store_id AND n.image_id = si.image_id
WHERE b.store_id = :store_id
    AND b.cache_id = :id
ORDER BY il.image_id
