-- title: Images that are their own ancestors
-- description: Images that lead back to themselves along their noted parents. What is reached from
--   an image without a parent is not, so that only the rest has to be followed.
WITH RECURSIVE sound (store_id, image_id) AS (
    SELECT si.store_id, si.image_id
    FROM store_images AS si
    LEFT JOIN store_images AS p ON p.store_id = si.store_id AND p.image_id = si.parent_id
    WHERE p.image_id IS NULL
    UNION ALL
    SELECT c.store_id, c.image_id
    FROM sound AS f
    JOIN store_images AS c ON c.store_id = f.store_id AND c.parent_id = f.image_id
),
rest AS (
    SELECT store_id, image_id, parent_id
    FROM store_images
    WHERE (store_id, image_id) NOT IN (SELECT store_id, image_id FROM sound)
),
ancestors (store_id, image_id, ancestor_id) AS (
    SELECT store_id, image_id, parent_id
    FROM rest
    UNION
    SELECT a.store_id, a.image_id, r.parent_id
    FROM ancestors AS a
    JOIN rest AS r ON r.store_id = a.store_id AND r.image_id = a.ancestor_id
)
SELECT
    s.store_id,
    'image' AS object_kind,
    a.image_id AS object_id,
    'image/' || s.driver || '/imagedb/metadata/sha256/' || SUBSTR(a.image_id, 8) || '/parent'
        AS path,
    'image/' || s.driver || '/imagedb/metadata/sha256/' || SUBSTR(a.image_id, 8)
        || '/parent leads back to its own image; none of these images can be removed.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN ancestors AS a ON a.store_id = s.store_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND a.ancestor_id = a.image_id
ORDER BY s.store_id, a.image_id
