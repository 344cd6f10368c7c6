-- title: Layers of the image, bottom first
SELECT
    il.position,
    l.diff_id,
    l.chain_id,
    sl.cache_id,
    sl.size_bytes,
    h.created_by
FROM image_layers AS il
JOIN layers AS l ON l.chain_id = il.chain_id
LEFT JOIN store_layers AS sl ON sl.store_id = :store_id AND sl.chain_id = il.chain_id
LEFT JOIN image_history AS h ON h.image_id = il.image_id AND h.position = il.position
WHERE il.image_id = :id
ORDER BY il.position
