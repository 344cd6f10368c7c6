-- title: Images whose index names the manifest
SELECT DISTINCT
    COALESCE(si.image_id, im.engine_image_id) AS image_id,
    n.tags
FROM image_manifests AS im
LEFT JOIN store_images AS si
    ON si.store_id = im.store_id
    AND si.engine_image_id = im.engine_image_id
LEFT JOIN image_references AS n
    ON n.store_id = im.store_id
    AND n.engine_image_id = im.engine_image_id
WHERE im.store_id = :store_id
    AND im.manifest_digest = :id
ORDER BY n.tags NULLS LAST, image_id
