-- title: Manifests of the image
SELECT
    im.manifest_digest,
    im.engine_image_id,
    im.os,
    im.architecture,
    im.present
FROM image_manifests AS im
WHERE im.store_id = :store_id
    AND (im.image_id = :id OR im.engine_image_id = :id)
ORDER BY im.manifest_digest, im.engine_image_id
