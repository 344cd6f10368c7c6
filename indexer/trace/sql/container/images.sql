-- title: The image of the container
SELECT
    c.image_id,
    n.tags
FROM containers AS c
LEFT JOIN image_references AS n
    ON n.store_id = c.store_id
    AND n.engine_image_id = c.engine_image_id
WHERE c.root_id = :root_id
    AND c.container_id = :id
    AND c.image_id IS NOT NULL
