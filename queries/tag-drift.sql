-- title: Tags that mean different images
-- description: Tags that mean different images on different hosts, with the hosts that have each
--   image.
WITH placed AS (
    SELECT DISTINCT
        t.repository,
        t.tag,
        t.image_id,
        s.host
    FROM tags AS t
    JOIN active_stores AS s ON s.store_id = t.store_id
    WHERE t.image_id IS NOT NULL
),
drifted AS (
    SELECT repository, tag
    FROM placed
    GROUP BY repository, tag
    HAVING COUNT(DISTINCT image_id) > 1
),
lists AS (
    SELECT
        p.repository,
        p.tag,
        p.image_id,
        GROUP_CONCAT(p.host, ' ') OVER (
            PARTITION BY p.repository, p.tag, p.image_id
            ORDER BY p.host
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS hosts
    FROM placed AS p
    JOIN drifted AS d ON d.repository = p.repository AND d.tag = p.tag
)
SELECT
    l.repository,
    l.tag,
    l.image_id,
    MAX(l.hosts) AS hosts,
    i.created_at
FROM lists AS l
JOIN images AS i ON i.image_id = l.image_id
GROUP BY l.repository, l.tag, l.image_id, i.created_at
ORDER BY l.repository, l.tag, i.created_at DESC NULLS LAST, l.image_id
