-- title: Read-write layers of nothing
-- description: Entries in layerdb/mounts that belong to no container and no image mount. One that
--   is younger than a running engine may be a build's.
SELECT
    s.store_id,
    'mount' AS object_kind,
    m.name AS object_id,
    'image/' || s.driver || '/layerdb/mounts/' || m.name AS path,
    'image/' || s.driver || '/layerdb/mounts/' || m.name
        || CASE
            WHEN r.busy_since <= d.changed_at
                THEN ' belongs to no container; a build may be in progress.'
            ELSE ' is a read-write layer of no container, image mount or build; nothing removes it.'
        END AS message,
    CASE WHEN r.busy_since <= d.changed_at THEN 'info' END AS severity,
    m.name AS missing
FROM stores AS s
JOIN roots AS r ON r.root_id = s.root_id
JOIN mounts AS m ON m.store_id = s.store_id
LEFT JOIN containers AS c ON c.root_id = s.root_id AND c.container_id = m.name
LEFT JOIN directories AS d ON d.store_id = m.store_id AND d.directory = m.mount_id
WHERE s.root_id = :root_id
    AND r.containers_known = 1
    AND s.kind = 'graphdriver'
    AND c.container_id IS NULL
    AND m.name NOT LIKE '%/%'
    AND NOT EXISTS (
        SELECT 1
        FROM container_mounts AS i
        WHERE i.root_id = s.root_id
            AND i.mount_name = m.name
    )
ORDER BY s.store_id, m.name
