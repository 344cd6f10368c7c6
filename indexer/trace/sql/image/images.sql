-- title: The image, as in the lists of other things
SELECT
    h.id AS image_id,
    n.tags
FROM known_images AS h
LEFT JOIN image_references AS n
    ON n.store_id = h.store_id
    AND n.engine_image_id = h.engine_image_id
WHERE h.store_id = :store_id
    AND h.id = :id
ORDER BY n.tags NULLS LAST, h.engine_image_id
