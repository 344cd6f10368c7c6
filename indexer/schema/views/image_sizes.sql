-- title: Sizes of images
-- description: Bytes of the layers of each image in each store: all, those that another image of
--   the store has too, and those that only this one has.
WITH layer_images AS (
    SELECT
        c.store_id,
        il.chain_id,
        SUM(c.counts) AS images
    FROM listed_images AS c
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
    FROM listed_images AS c
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
