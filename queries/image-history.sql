-- title: History of an image
-- description: The steps that made an image, with the size of the layer that each step made. The
--   oldest step comes first, whereas `docker history` prints the newest first.
-- param: image image Image ID or its beginning, tag, or digest reference; empty for all images.
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
),
sizes AS (
    SELECT
        sl.chain_id,
        MAX(sl.size_bytes) AS size_bytes
    FROM store_layers AS sl
    JOIN active_stores AS s ON s.store_id = sl.store_id
    GROUP BY sl.chain_id
)
SELECT
    h.image_id,
    h.step,
    h.created_at,
    h.created_by,
    CASE WHEN h.empty_layer = 1 THEN 0 ELSE z.size_bytes END AS size_bytes,
    h.comment,
    h.empty_layer,
    l.diff_id,
    i.os || '/' || i.architecture || COALESCE('/' || NULLIF(i.variant, ''), '') AS platform
FROM chosen
JOIN image_history AS h ON h.image_id = chosen.image_id
LEFT JOIN images AS i ON i.image_id = h.image_id
LEFT JOIN image_layers AS il ON il.image_id = h.image_id AND il.position = h.position
LEFT JOIN layers AS l ON l.chain_id = il.chain_id
LEFT JOIN sizes AS z ON z.chain_id = il.chain_id
ORDER BY platform NULLS LAST, h.image_id, h.step
