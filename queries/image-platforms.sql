-- title: Platforms of images
-- description: The manifests of each image: one for each platform, and its attestations. Present is
--   1 if the manifest is on the disk. Images without a known manifest are not listed.
-- param: image image Image ID or its beginning, tag, or digest reference; empty for all images.
WITH asked AS (
    SELECT COALESCE(CAST(:image AS TEXT), '') AS name
),
chosen AS (
    SELECT DISTINCT n.store_id, n.engine_image_id
    FROM store_image_names AS n
    CROSS JOIN asked
    WHERE asked.name IN ('', n.name)
        OR (
            LENGTH(asked.name) >= n.least_length
            AND SUBSTR(n.name, 1, LENGTH(asked.name)) = asked.name
        )
)
SELECT
    s.host,
    im.engine_image_id,
    r.tags,
    im.os,
    im.architecture,
    im.variant,
    im.present,
    im.image_id,
    im.manifest_digest,
    im.attestation,
    im.chosen,
    m.media_type
FROM chosen AS c
JOIN active_stores AS s ON s.store_id = c.store_id
JOIN image_manifests AS im
    ON im.store_id = c.store_id
    AND im.engine_image_id = c.engine_image_id
LEFT JOIN manifests AS m ON m.manifest_digest = im.manifest_digest
LEFT JOIN image_references AS r
    ON r.store_id = c.store_id
    AND r.engine_image_id = c.engine_image_id
ORDER BY s.host, s.root_path, im.engine_image_id, im.position, im.manifest_digest
