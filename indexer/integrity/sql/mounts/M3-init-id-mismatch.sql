-- title: Read-write layers with an odd init layer
-- description: Entries in layerdb/mounts whose init-id is not the mount-id with -init, and those of
--   containers that have none.
SELECT
    s.store_id,
    'mount' AS object_kind,
    m.name AS object_id,
    'image/' || s.driver || '/layerdb/mounts/' || m.name || '/init-id' AS path,
    'image/' || s.driver || '/layerdb/mounts/' || m.name || '/init-id '
        || COALESCE('names ' || m.init_id, 'is missing') || ', not ' || m.mount_id
        || '-init; files such as /etc/hosts may be wrong in the container.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN mounts AS m ON m.store_id = s.store_id
LEFT JOIN containers AS c ON c.store_id = m.store_id AND c.container_id = m.name
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND s.driver <> 'windowsfilter'
    AND m.mount_id IS NOT NULL
    AND (
        m.init_id <> m.mount_id || '-init'
        OR (m.init_id IS NULL AND c.container_id IS NOT NULL)
    )
ORDER BY s.store_id, m.name
