-- title: Everything listed as an image
-- description: Every image of each store with the ID that the engine shows for it. It includes what
--   the engine lists although it is not a readable image: artifacts (charts, models, signatures),
--   images whose config, manifest or index is not on the disk, and images that only a name refers
--   to.
SELECT
    store_id,
    engine_image_id,
    image_id,
    image_id AS id
FROM held_images
UNION ALL
SELECT
    si.store_id,
    si.engine_image_id,
    NULL AS image_id,
    si.engine_image_id AS id
FROM store_images AS si
WHERE si.image_id IS NULL
    AND NOT EXISTS (
        SELECT 1
        FROM image_manifests AS im
        WHERE im.store_id = si.store_id
            AND im.engine_image_id = si.engine_image_id
            AND im.image_id IS NOT NULL
    )
UNION ALL
SELECT
    t.store_id,
    t.engine_image_id,
    NULL AS image_id,
    t.engine_image_id AS id
FROM (
    SELECT store_id, engine_image_id
    FROM tags
    UNION
    SELECT store_id, engine_image_id
    FROM repo_digests
) AS t
WHERE NOT EXISTS (
    SELECT 1
    FROM store_images AS si
    WHERE si.store_id = t.store_id
        AND si.engine_image_id = t.engine_image_id
)
