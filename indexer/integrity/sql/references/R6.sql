-- title: Names that mean no image
-- description: Tags and digest references whose image the engine cannot load: its config is not
--   there or no good, or not all of its layers are.
WITH names AS (
    SELECT t.store_id, t.image_id, r.familiar_name || ':' || t.tag AS name
    FROM tags AS t
    JOIN repositories AS r ON r.repository = t.repository
    UNION ALL
    SELECT d.store_id, d.image_id, r.familiar_name || '@' || d.digest AS name
    FROM repo_digests AS d
    JOIN repositories AS r ON r.repository = d.repository
)
SELECT
    s.store_id,
    'reference' AS object_kind,
    n.name AS object_id,
    'image/' || s.driver || '/repositories.json' AS path,
    'image/' || s.driver || '/repositories.json has the name ' || n.name || ', but image/'
        || s.driver || '/imagedb/content/sha256/' || SUBSTR(n.image_id, 8)
        || CASE
            WHEN si.image_id IS NULL THEN ' is missing or damaged'
            ELSE ' lacks a layer'
        END
        || '; it cannot be used, and docker rmi cannot remove it.' AS message,
    CAST(NULL AS TEXT) AS severity,
    n.image_id AS missing
FROM stores AS s
JOIN names AS n ON n.store_id = s.store_id
LEFT JOIN store_images AS si ON si.store_id = n.store_id AND si.image_id = n.image_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND (
        si.image_id IS NULL
        OR (n.store_id, n.image_id) IN (SELECT store_id, image_id FROM unloadable_images)
    )
ORDER BY s.store_id, n.name
