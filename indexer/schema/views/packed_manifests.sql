-- title: Packed layers of manifests
-- description: The digests of the packed layers of each manifest in containerd, bottom first, as
--   one text.
WITH lists AS (
    SELECT
        ml.manifest_digest,
        GROUP_CONCAT(ml.blob_digest || ' ', '') OVER (
            PARTITION BY ml.manifest_digest
            ORDER BY ml.position
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS blob_digests
    FROM manifest_layers AS ml
)
SELECT DISTINCT
    im.store_id,
    im.manifest_digest,
    l.blob_digests
FROM image_manifests AS im
JOIN stores AS s ON s.store_id = im.store_id AND s.kind = 'containerd'
JOIN lists AS l ON l.manifest_digest = im.manifest_digest
WHERE im.present = 1
