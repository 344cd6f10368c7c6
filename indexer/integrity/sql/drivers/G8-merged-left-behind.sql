-- title: Mount points left behind
-- description: Directories with a mount point in them that are of no running container. A running
--   engine mounts for builds and copies too.
SELECT
    s.store_id,
    'directory' AS object_kind,
    d.directory AS object_id,
    s.layer_prefix || d.directory || '/merged' AS path,
    s.layer_prefix || d.directory
        || CASE
            WHEN r.engine_state = 'none'
                THEN '/merged is of no running container: a mount that was left behind.'
            ELSE '/merged is of no running container; a build or copy may be in progress.'
        END AS message,
    CASE WHEN r.engine_state <> 'none' THEN 'info' END AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN roots AS r ON r.root_id = s.root_id
JOIN directories AS d ON d.store_id = s.store_id
WHERE s.root_id = :root_id
    AND r.containers_known = 1
    AND s.kind = 'graphdriver'
    AND s.driver IN ('overlay2', 'fuse-overlayfs')
    AND d.mounted = 1
    AND NOT EXISTS (
        SELECT 1
        FROM mounts AS m
        JOIN containers AS c ON c.store_id = m.store_id AND c.container_id = m.name
        WHERE m.store_id = d.store_id
            AND m.mount_id = d.directory
            AND c.state IN ('running', 'paused', 'restarting')
    )
ORDER BY s.store_id, d.directory
