-- title: Base image of an image
-- description: The image that each image was built on: the named image that shares the most layers
--   with it and has no layer that it lacks. The answer is exact if the base image is on any indexed
--   host.
-- param: image image Image ID or its beginning, tag, or digest reference; empty for all images.
WITH asked AS (
    SELECT COALESCE(CAST(:image AS TEXT), '') AS name
),
chosen AS (
    SELECT DISTINCT n.image_id
    FROM image_names AS n
    CROSS JOIN asked
    WHERE asked.name IN ('', n.name)
        OR (
            LENGTH(asked.name) >= n.least_length
            AND SUBSTR(n.name, 1, LENGTH(asked.name)) = asked.name
        )
),
named AS (
    SELECT image_id
    FROM tags
    UNION
    SELECT image_id
    FROM repo_digests
),
candidates AS (
    SELECT
        i.image_id,
        b.image_id AS base_image_id,
        b.layer_count AS shared_layers,
        i.layer_count - b.layer_count AS extra_layers,
        RANK() OVER (
            PARTITION BY i.image_id
            ORDER BY b.layer_count DESC, b.history_count DESC
        ) AS distance
    FROM chosen
    JOIN images AS i ON i.image_id = chosen.image_id
    JOIN image_layers AS il ON il.image_id = i.image_id
    JOIN images AS b ON b.top_chain_id = il.chain_id
    JOIN named ON named.image_id = b.image_id
    WHERE b.image_id <> i.image_id
        AND (b.layer_count < i.layer_count OR b.history_count < i.history_count)
)
SELECT
    c.image_id,
    c.base_image_id,
    n.tags AS base_tags,
    c.shared_layers,
    c.extra_layers
FROM candidates AS c
LEFT JOIN image_tags AS n ON n.image_id = c.base_image_id
WHERE c.distance = 1
ORDER BY c.image_id, c.base_image_id
