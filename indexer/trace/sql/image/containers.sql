-- title: Containers of the image
SELECT
    container_id,
    name,
    state,
    image_id
FROM containers
WHERE store_id = :store_id
    AND :id IN (image_id, engine_image_id)
ORDER BY name
