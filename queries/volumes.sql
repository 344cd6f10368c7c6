-- title: Volumes
-- description: Every volume and the number of containers, running or not, that use it. Purpose says
--   whose cache it is, and what frees it, where the name tells.
WITH users AS (
    SELECT
        root_id,
        name,
        COUNT(DISTINCT container_id) AS containers
    FROM container_mounts
    WHERE type = 'volume'
        AND name IS NOT NULL
    GROUP BY root_id, name
)
SELECT
    r.host,
    v.name,
    v.driver,
    v.anonymous,
    COALESCE(u.containers, 0) AS containers,
    CASE WHEN v.driver = 'local' THEN r.path || '/volumes/' || v.name || '/_data' END AS mountpoint,
    v.size_bytes,
    v.first_seen_at,
    p.purpose
FROM volumes AS v
JOIN roots AS r ON r.root_id = v.root_id
LEFT JOIN users AS u ON u.root_id = v.root_id AND u.name = v.name
LEFT JOIN volume_purposes AS p ON p.root_id = v.root_id AND p.name = v.name
ORDER BY r.host, v.name, r.path
