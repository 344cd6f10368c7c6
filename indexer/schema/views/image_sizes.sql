-- title: Sizes of images
-- description: The size in bytes of each image in each store: in total, shared with another image
--   of the store, and unique to the image. With a graph driver it counts layers; with containerd it
--   counts the packed and unpacked layers of all platforms.
WITH layer_images AS (
    SELECT
        c.store_id,
        il.chain_id,
        SUM(c.counts) AS images
    FROM listed_images AS c
    JOIN image_layers AS il ON il.image_id = c.image_id
    WHERE c.kind = 'graphdriver'
    GROUP BY c.store_id, il.chain_id
),
sizes AS (
    SELECT
        c.store_id,
        c.engine_image_id,
        COUNT(il.position) AS layers,
        CAST(COALESCE(SUM(sl.size_bytes), 0) AS BIGINT) AS size_bytes,
        CAST(
            COALESCE(SUM(CASE WHEN li.images > c.counts THEN sl.size_bytes END), 0) AS BIGINT
        ) AS shared_bytes
    FROM listed_images AS c
    LEFT JOIN image_layers AS il ON il.image_id = c.image_id
    LEFT JOIN store_layers AS sl ON sl.store_id = c.store_id AND sl.chain_id = il.chain_id
    LEFT JOIN layer_images AS li ON li.store_id = c.store_id AND li.chain_id = il.chain_id
    WHERE c.kind = 'graphdriver'
    GROUP BY c.store_id, c.engine_image_id
)
SELECT
    store_id,
    engine_image_id,
    layers,
    size_bytes,
    shared_bytes,
    size_bytes - shared_bytes AS unique_bytes
FROM sizes
UNION ALL
SELECT
    z.store_id,
    z.engine_image_id,
    i.layer_count AS layers,
    z.size_bytes,
    z.shared_bytes,
    z.size_bytes - z.shared_bytes AS unique_bytes
FROM containerd_image_sizes AS z
JOIN store_images AS si
    ON si.store_id = z.store_id
    AND si.engine_image_id = z.engine_image_id
LEFT JOIN images AS i ON i.image_id = si.image_id
