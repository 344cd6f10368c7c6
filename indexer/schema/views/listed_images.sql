-- title: Images that the engine lists
-- description: Whether each image is listed without `--all`: it has a name, or no child. Counts
--   says whether the engine takes account of it when it looks for images that share a layer:
--   engines before 23.0, which leave no engine-id, leave out what they do not list.
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
)
SELECT
    si.store_id,
    si.image_id,
    CASE WHEN n.image_id IS NOT NULL OR p.parent_id IS NULL THEN 1 ELSE 0 END AS listed,
    CASE
        WHEN r.engine_id IS NOT NULL OR n.image_id IS NOT NULL OR p.parent_id IS NULL THEN 1
        ELSE 0
    END AS counts
FROM store_images AS si
JOIN stores AS s ON s.store_id = si.store_id
JOIN roots AS r ON r.root_id = s.root_id
LEFT JOIN named AS n ON n.store_id = si.store_id AND n.image_id = si.image_id
LEFT JOIN parents AS p ON p.store_id = si.store_id AND p.parent_id = si.image_id
