-- title: Parents that are not there
-- description: Images whose noted parent is not in the same store.
SELECT
    s.store_id,
    'image' AS object_kind,
    si.image_id AS object_id,
    'image/' || s.driver || '/imagedb/metadata/sha256/' || SUBSTR(si.image_id, 8) || '/parent'
        AS path,
    'image/' || s.driver || '/imagedb/metadata/sha256/' || SUBSTR(si.image_id, 8)
        || '/parent names the image ' || si.parent_id
        || ', which is not there; the classic builder does not find its cache.' AS message,
    CAST(NULL AS TEXT) AS severity,
    si.parent_id AS missing
FROM stores AS s
JOIN store_images AS si ON si.store_id = s.store_id
LEFT JOIN store_images AS p ON p.store_id = si.store_id AND p.image_id = si.parent_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND si.parent_id IS NOT NULL
    AND p.image_id IS NULL
ORDER BY s.store_id, si.image_id
