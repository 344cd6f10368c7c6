-- title: Images that the directory is needed for
SELECT DISTINCT
    si.image_id,
    n.tags
FROM directory_owners AS o
LEFT JOIN containers AS c ON c.store_id = o.store_id AND c.container_id = o.owner_id
LEFT JOIN image_layers AS il ON il.chain_id = o.owner_id
JOIN store_images AS si
    ON si.store_id = o.store_id
    AND si.image_id = COALESCE(c.image_id, il.image_id)
LEFT JOIN image_references AS n ON n.store_id = si.store_id AND n.image_id = si.image_id
WHERE o.store_id = :store_id
    AND o.directory = :id
ORDER BY si.image_id
