-- title: Volumes
-- description: Every volume with the number of containers, running or not, that use it; the number
--   is empty if containers could not be read. Hidden containers belong to a driver that the engine
--   no longer uses; the engine does not load them and does not count them as users. Purpose tells
--   which tool keeps a cache in the volume and which command frees it, if the name of the volume
--   tells.
WITH users AS (
    SELECT
        m.root_id,
        m.name,
        COUNT(DISTINCT l.container_id) AS containers,
        COUNT(DISTINCT m.container_id) - COUNT(DISTINCT l.container_id) AS hidden_containers
    FROM container_mounts AS m
    LEFT JOIN listed_containers AS l
        ON l.root_id = m.root_id
        AND l.container_id = m.container_id
    WHERE m.type = 'volume'
        AND m.name IS NOT NULL
    GROUP BY m.root_id, m.name
)
SELECT
    r.host,
    v.name,
    v.driver,
    v.anonymous,
    CASE WHEN r.containers_known = 1 THEN COALESCE(u.containers, 0) END AS containers,
    CASE WHEN v.driver = 'local' THEN r.path || '/volumes/' || v.name || '/_data' END AS mountpoint,
    v.size_bytes,
    CASE WHEN r.containers_known = 1 THEN COALESCE(u.hidden_containers, 0) END AS hidden_containers,
    p.purpose,
    v.first_seen_at
FROM volumes AS v
JOIN roots AS r ON r.root_id = v.root_id
LEFT JOIN users AS u ON u.root_id = v.root_id AND u.name = v.name
LEFT JOIN volume_purposes AS p ON p.root_id = v.root_id AND p.name = v.name
ORDER BY r.host, v.name, r.path
