-- title: Images in stores
-- description: Every image of each store with the ID that the engine shows for it. If several
--   platforms are on the disk, one such ID stands for several images.
SELECT
    store_id,
    engine_image_id,
    image_id
FROM store_images
WHERE image_id IS NOT NULL
UNION
SELECT
    im.store_id,
    im.engine_image_id,
    im.image_id
FROM image_manifests AS im
JOIN store_images AS si
    ON si.store_id = im.store_id
    AND si.engine_image_id = im.engine_image_id
WHERE im.image_id IS NOT NULL
