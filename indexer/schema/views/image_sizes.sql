-- title: Sizes of images
-- description: Bytes of the layers of each image in each store: all, those that another image of
--   the store has too, and those that only this one has. Engines before 23.0, which leave no
--   engine-id, take no account of intermediate images (unnamed ones with children) when they look
--   for another image; later ones do.
WITH parents AS (
    SELECT DISTINCT store_id, parent_id
    FROM store_images
    WHERE parent_id IS NOT NULL
),
named AS (
    SELECT store_id, image_id
    FROM tags
    UNION
    SELECT store_id, image_id
    FROM repo_digests
),
counted AS (
    SELECT
        si.store_id,
        si.image_id,
        CASE
            WHEN r.engine_id IS NOT NULL OR n.image_id IS NOT NULL OR p.parent_id IS NULL THEN 1
            ELSE 0
        END AS counts
    FROM store_images AS si
    JOIN stores AS s ON s.store_id = si.store_id
    JOIN roots AS r ON r.root_id = s.root_id
    LEFT JOIN named AS n ON n.store_id = si.store_id AND n.image_id = si.image_id
    LEFT JOIN parents AS p ON p.store_id = si.store_id AND p.parent_id = si.image_id
),
layer_images AS (
    SELECT
        c.store_id,
        il.chain_id,
        SUM(c.counts) AS images
    FROM counted AS c
    JOIN image_layers AS il ON il.image_id = c.image_id
    GROUP BY c.store_id, il.chain_id
),
sizes AS (
    SELECT
        c.store_id,
        c.image_id,
        COUNT(il.position) AS layers,
        CAST(COALESCE(SUM(sl.size_bytes), 0) AS BIGINT) AS size_bytes,
        CAST(
            COALESCE(SUM(CASE WHEN li.images > c.counts THEN sl.size_bytes END), 0) AS BIGINT
        ) AS shared_bytes
    FROM counted AS c
    LEFT JOIN image_layers AS il ON il.image_id = c.image_id
    LEFT JOIN store_layers AS sl ON sl.store_id = c.store_id AND sl.chain_id = il.chain_id
    LEFT JOIN layer_images AS li ON li.store_id = c.store_id AND li.chain_id = il.chain_id
    GROUP BY c.store_id, c.image_id
)
SELECT
    store_id,
    image_id,
    layers,
    size_bytes,
    shared_bytes,
    size_bytes - shared_bytes AS unique_bytes
FROM sizes
