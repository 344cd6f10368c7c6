-- title: Images built on an image
-- description: Every image on any indexed host that has all layers of this image and more on top.
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
)
SELECT
    i.image_id,
    child.image_id AS child_image_id,
    n.tags AS child_tags,
    child.layer_count - i.layer_count AS extra_layers
FROM chosen
JOIN images AS i ON i.image_id = chosen.image_id
JOIN image_layers AS il ON il.chain_id = i.top_chain_id
JOIN images AS child ON child.image_id = il.image_id
LEFT JOIN image_tags AS n ON n.image_id = child.image_id
WHERE child.image_id <> i.image_id
    AND (child.layer_count > i.layer_count OR child.history_count > i.history_count)
ORDER BY i.image_id, extra_layers, child.image_id
