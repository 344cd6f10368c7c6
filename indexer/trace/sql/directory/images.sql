-- title: Images that need the directory
SELECT DISTINCT
    h.image_id,
    n.tags
FROM directory_owners AS o
LEFT JOIN containers AS c ON c.store_id = o.store_id AND c.container_id = o.owner_id
LEFT JOIN image_layers AS il ON il.chain_id = o.owner_id
JOIN held_images AS h
    ON h.store_id = o.store_id
    AND h.image_id = COALESCE(c.image_id, il.image_id)
LEFT JOIN image_references AS n
    ON n.store_id = h.store_id
    AND n.engine_image_id = h.engine_image_id
WHERE o.store_id = :store_id
    AND o.directory = :id
ORDER BY h.image_id, n.tags NULLS FIRST
