-- title: Volumes
-- description: Every volume and the number of containers, running or not, that use it; empty where
--   containers could not be read.
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
    CASE WHEN r.containers_known = 1 THEN COALESCE(u.containers, 0) END AS containers,
    CASE WHEN v.driver = 'local' THEN r.path || '/volumes/' || v.name || '/_data' END AS mountpoint,
    v.size_bytes,
    v.first_seen_at
FROM volumes AS v
JOIN roots AS r ON r.root_id = v.root_id
LEFT JOIN users AS u ON u.root_id = v.root_id AND u.name = v.name
ORDER BY r.host, v.name, r.path
