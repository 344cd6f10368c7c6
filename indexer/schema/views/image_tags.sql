-- title: Tags of images on all hosts
-- description: The tags of each image in all stores together, as one sorted text.
WITH names AS (
    SELECT DISTINCT
        t.image_id,
        r.familiar_name || ':' || t.tag AS name
    FROM tags AS t
    JOIN repositories AS r ON r.repository = t.repository
),
lists AS (
    SELECT
        image_id,
        GROUP_CONCAT(name, ' ') OVER (
            PARTITION BY image_id
            ORDER BY name
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS tags
    FROM names
)
SELECT
    image_id,
    MAX(tags) AS tags
FROM lists
GROUP BY image_id
