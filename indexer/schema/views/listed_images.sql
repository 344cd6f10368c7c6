-- title: Images that the engine lists
-- description: Whether each image is listed without `--all`: it has a name, or it has no child.
--   Counts tells whether the engine includes the image when it looks for images that share a layer.
--   With graph drivers, engines before 23.0, which write no engine-id, include only the images that
--   they list.
WITH parents AS (
    SELECT DISTINCT store_id, engine_parent_id
    FROM store_images
    WHERE engine_parent_id IS NOT NULL
),
named AS (
    SELECT store_id, engine_image_id
    FROM tags
    UNION
    SELECT store_id, engine_image_id
    FROM repo_digests
)
SELECT
    si.store_id,
    si.engine_image_id,
    si.image_id,
    s.kind,
    CASE
        WHEN n.engine_image_id IS NOT NULL OR p.engine_parent_id IS NULL THEN 1
        ELSE 0
    END AS listed,
    CASE
        WHEN s.kind = 'containerd' THEN 1
        WHEN r.engine_id IS NOT NULL THEN 1
        WHEN n.engine_image_id IS NOT NULL OR p.engine_parent_id IS NULL THEN 1
        ELSE 0
    END AS counts
FROM store_images AS si
JOIN stores AS s ON s.store_id = si.store_id
JOIN roots AS r ON r.root_id = s.root_id
LEFT JOIN named AS n
    ON n.store_id = si.store_id
    AND n.engine_image_id = si.engine_image_id
LEFT JOIN parents AS p
    ON p.store_id = si.store_id
    AND p.engine_parent_id = si.engine_image_id
