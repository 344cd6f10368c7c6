-- title: Volumes of containers that are gone
-- description: Local volumes that a container has mounted and that are not there.
SELECT
    c.store_id,
    'container' AS object_kind,
    c.container_id AS object_id,
    'volumes/' || m.name AS path,
    'volumes/' || m.name || ' is missing, which the container '
        || COALESCE(c.name, c.container_id) || ' has at ' || m.destination
        || '; it starts with an empty volume in its place, or not at all.' AS message,
    CAST(NULL AS TEXT) AS severity,
    m.name AS missing
FROM containers AS c
JOIN container_mounts AS m ON m.root_id = c.root_id AND m.container_id = c.container_id
LEFT JOIN volumes AS v ON v.root_id = m.root_id AND v.name = m.name
WHERE c.root_id = :root_id
    AND m.type = 'volume'
    AND m.name IS NOT NULL
    AND COALESCE(m.driver, 'local') = 'local'
    AND c.state NOT IN ('dead', 'removing')
    AND v.name IS NULL
ORDER BY c.container_id, m.name, m.destination
