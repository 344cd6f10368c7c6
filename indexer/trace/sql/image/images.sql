-- title: The image, as in the lists of other things
SELECT
    si.image_id,
    n.tags
FROM store_images AS si
LEFT JOIN image_references AS n ON n.store_id = si.store_id AND n.image_id = si.image_id
WHERE si.store_id = :store_id
    AND si.image_id = :id
