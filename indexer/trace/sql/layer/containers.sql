-- title: Containers of images that have the layer
SELECT
    c.container_id,
    c.name,
    c.state,
    c.image_id
FROM containers AS c
WHERE c.store_id = :store_id
    AND c.image_id IN (
        SELECT image_id
        FROM image_layers
        WHERE chain_id = :id
    )
ORDER BY c.name
