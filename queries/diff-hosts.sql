-- title: How two hosts differ
-- description: The tags, images, containers and volumes that only one of two hosts has, or that
--   differ between them. Removed means that only the first host has it; added means that only the
--   second has it. Tags and containers are compared by their image, volumes by their driver.
-- param: host_a host The first host; empty to compare with an empty host.
-- param: host_b host The second host; empty to compare with an empty host.
WITH asked AS (
    SELECT
        COALESCE(CAST(:host_a AS TEXT), '') AS host_a,
        COALESCE(CAST(:host_b AS TEXT), '') AS host_b
),
things AS (
    SELECT
        s.host,
        'tag' AS object_kind,
        r.familiar_name || ':' || t.tag AS object_key,
        COALESCE(t.image_id, t.engine_image_id) AS value
    FROM tags AS t
    JOIN active_stores AS s ON s.store_id = t.store_id
    JOIN repositories AS r ON r.repository = t.repository
    UNION
    SELECT
        s.host,
        'image' AS object_kind,
        h.image_id AS object_key,
        h.image_id AS value
    FROM held_images AS h
    JOIN active_stores AS s ON s.store_id = h.store_id
    UNION
    SELECT
        r.host,
        'container' AS object_kind,
        c.name AS object_key,
        COALESCE(c.image_id, c.engine_image_id) AS value
    FROM listed_containers AS k
    JOIN containers AS c ON c.root_id = k.root_id AND c.container_id = k.container_id
    JOIN roots AS r ON r.root_id = c.root_id
    WHERE c.name IS NOT NULL
    UNION
    SELECT
        r.host,
        'volume' AS object_kind,
        v.name AS object_key,
        v.driver AS value
    FROM volumes AS v
    JOIN roots AS r ON r.root_id = v.root_id
),
compared AS (
    SELECT
        t.object_kind,
        t.object_key,
        MIN(CASE WHEN t.host = asked.host_a THEN COALESCE(t.value, '') END) AS before,
        MIN(CASE WHEN t.host = asked.host_b THEN COALESCE(t.value, '') END) AS after
    FROM things AS t
    CROSS JOIN asked
    WHERE t.host IN (asked.host_a, asked.host_b)
    GROUP BY t.object_kind, t.object_key
)
SELECT
    asked.host_a AS host,
    asked.host_b AS other_host,
    c.object_kind,
    c.object_key,
    CASE
        WHEN c.after IS NULL THEN 'removed'
        WHEN c.before IS NULL THEN 'added'
        ELSE 'changed'
    END AS change,
    NULLIF(c.before, '') AS before,
    NULLIF(c.after, '') AS after
FROM compared AS c
CROSS JOIN asked
WHERE c.before IS NULL
    OR c.after IS NULL
    OR c.before <> c.after
ORDER BY c.object_kind, c.object_key
