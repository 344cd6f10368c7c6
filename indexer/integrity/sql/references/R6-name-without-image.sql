-- title: Names that mean no image
-- description: Tags and digest references whose image the engine cannot load: its config is not
--   there or no good, or not all of its layers are.
WITH names AS (
    SELECT t.store_id, t.image_id, t.repository, ':' || t.tag AS ending
    FROM tags AS t
    UNION ALL
    SELECT d.store_id, d.image_id, d.repository, '@' || d.digest AS ending
    FROM repo_digests AS d
),
lost AS MATERIALIZED (
    SELECT s.driver, n.store_id, n.image_id, n.repository, n.ending, u.lacking_chain_id
    FROM stores AS s
    JOIN names AS n ON n.store_id = s.store_id
    LEFT JOIN store_images AS si ON si.store_id = n.store_id AND si.image_id = n.image_id
    LEFT JOIN unloadable_images AS u ON u.store_id = n.store_id AND u.image_id = n.image_id
    WHERE s.root_id = :root_id
        AND s.kind = 'graphdriver'
        AND (si.image_id IS NULL OR u.image_id IS NOT NULL)
)
SELECT
    n.store_id,
    'reference' AS object_kind,
    r.familiar_name || n.ending AS object_id,
    'image/' || n.driver || '/repositories.json' AS path,
    'image/' || n.driver || '/repositories.json has the name ' || r.familiar_name || n.ending
        || ', but image/' || n.driver
        || COALESCE(
            '/layerdb/sha256/' || SUBSTR(n.lacking_chain_id, 8),
            '/imagedb/content/sha256/' || SUBSTR(n.image_id, 8)
        )
        || ' is missing or damaged; it cannot be used, and docker rmi cannot remove it.'
        AS message,
    CAST(NULL AS TEXT) AS severity,
    COALESCE(n.lacking_chain_id, n.image_id) AS missing
FROM lost AS n
JOIN repositories AS r ON r.repository = n.repository
ORDER BY n.store_id, r.familiar_name, n.ending
