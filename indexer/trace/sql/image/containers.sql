-- title: Containers of the image
SELECT
    container_id,
    name,
    state,
    image_id
FROM containers
WHERE store_id = :store_id
    AND image_id = :id
ORDER BY name
