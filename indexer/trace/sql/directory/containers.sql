-- title: The container that owns the directory
SELECT
    c.container_id,
    c.name,
    c.state,
    c.image_id
FROM directory_owners AS o
JOIN containers AS c ON c.store_id = o.store_id AND c.container_id = o.owner_id
WHERE o.store_id = :store_id
    AND o.directory = :id
