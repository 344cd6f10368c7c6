-- title: Images that have the blob, and the platform it is for
WITH holders AS (
    SELECT manifest_digest
    FROM manifest_layers
    WHERE blob_digest = :id
    UNION
    SELECT manifest_digest
    FROM manifests
    WHERE config_digest = :id
)
SELECT DISTINCT
    COALESCE(im.image_id, im.engine_image_id) AS image_id,
    n.tags,
    im.os,
    im.architecture,
    im.variant,
    im.manifest_digest
FROM holders AS o
JOIN image_manifests AS im
    ON im.manifest_digest = o.manifest_digest
    AND im.store_id = :store_id
LEFT JOIN image_references AS n
    ON n.store_id = im.store_id
    AND n.engine_image_id = im.engine_image_id
ORDER BY im.manifest_digest, n.tags NULLS LAST, image_id
