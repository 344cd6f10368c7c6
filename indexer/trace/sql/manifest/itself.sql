-- title: The manifest of a platform or an attestation
SELECT
    im.os,
    im.architecture,
    im.variant,
    im.attestation,
    im.present,
    m.artifact_type,
    CASE
        WHEN im.present = 1
            THEN s.base_path || '/io.containerd.content.v1.content/blobs/'
                || REPLACE(im.manifest_digest, ':', '/')
    END AS path,
    CASE im.present WHEN 0 THEN 'it was not pulled: only the index names it' END AS lacking
FROM image_manifests AS im
JOIN stores AS s ON s.store_id = im.store_id
LEFT JOIN manifests AS m ON m.manifest_digest = im.manifest_digest
WHERE im.store_id = :store_id
    AND im.manifest_digest = :id
ORDER BY im.present DESC
LIMIT 1
