-- title: Image stores that the engine does not use
-- description: Stores with images beside the one in use, and how many of the images both have.
SELECT
    s.store_id,
    'store' AS object_kind,
    s.driver AS object_id,
    'image/' || s.driver AS path,
    'image/' || s.driver || ' is not the store in use; its ' || COUNT(*)
        || ' images, of which ' || COUNT(o.image_id)
        || ' are in the other one too, are not seen by Docker and take space.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN store_images AS si ON si.store_id = s.store_id
JOIN stores AS a ON a.root_id = s.root_id AND a.active = 1
LEFT JOIN store_images AS o ON o.store_id = a.store_id AND o.image_id = si.image_id
WHERE s.root_id = :root_id
    AND s.active = 0
GROUP BY s.store_id, s.driver
ORDER BY s.store_id
