-- title: Hosts with an image
-- description: Which hosts hold an image, under which names, and how many containers it has there.
-- param: image text Image ID or its beginning, tag, or digest (reference); empty for all images.
WITH asked AS (
    SELECT COALESCE(CAST(:image AS TEXT), '') AS name
),
chosen AS (
    SELECT DISTINCT n.image_id
    FROM image_names AS n
    CROSS JOIN asked
    WHERE asked.name IN ('', n.name)
        OR (
            LENGTH(asked.name) >= n.least_length
            AND SUBSTR(n.name, 1, LENGTH(asked.name)) = asked.name
        )
)
SELECT
    r.host,
    h.image_id,
    n.tags,
    n.digests,
    CASE WHEN r.containers_known = 1 THEN COALESCE(c.containers, 0) END AS containers,
    r.last_synced_at AS last_seen_at,
    s.name AS store,
    h.engine_image_id
FROM chosen
JOIN held_images AS h ON h.image_id = chosen.image_id
JOIN stores AS s ON s.store_id = h.store_id
JOIN roots AS r ON r.root_id = s.root_id
LEFT JOIN image_references AS n
    ON n.store_id = h.store_id
    AND n.engine_image_id = h.engine_image_id
LEFT JOIN image_containers AS c
    ON c.store_id = h.store_id
    AND c.engine_image_id = h.engine_image_id
ORDER BY r.host, h.image_id, s.name, h.engine_image_id
