-- title: Image stores that the engine does not use
-- description: Stores with images beside the one in use, and how many of the images both have.
WITH used AS (
    SELECT DISTINCT s.root_id, si.image_id
    FROM stores AS s
    JOIN store_images AS si ON si.store_id = s.store_id
    WHERE s.active = 1
        AND si.image_id IS NOT NULL
),
unused AS (
    SELECT
        s.store_id,
        s.root_id,
        s.driver,
        CASE
            WHEN s.kind = 'containerd' THEN s.place || 'io.containerd.metadata.v1.bolt/meta.db'
            ELSE 'image/' || s.driver
        END AS named
    FROM store_places AS s
    JOIN stores AS a ON a.root_id = s.root_id AND a.active = 1 AND a.store_id <> s.store_id
    WHERE s.root_id = :root_id
)
SELECT
    n.store_id,
    'store' AS object_kind,
    n.driver AS object_id,
    n.named AS path,
    n.named || ' is not the store in use; its ' || COUNT(*)
        || ' images, of which ' || COUNT(u.image_id)
        || ' are in the other one too, are not seen by Docker and take space.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM unused AS n
JOIN store_images AS si ON si.store_id = n.store_id
LEFT JOIN used AS u ON u.root_id = n.root_id AND u.image_id = si.image_id
GROUP BY n.store_id, n.driver, n.named
ORDER BY n.store_id
