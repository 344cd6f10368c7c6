-- title: Containers of images
-- description: How many containers, running or not, each image has in each store.
SELECT
    store_id,
    image_id,
    COUNT(*) AS containers
FROM containers
WHERE store_id IS NOT NULL
    AND image_id IS NOT NULL
GROUP BY store_id, image_id
