-- title: Anonymous volumes that nothing uses
-- description: Volumes whose name the engine made up and that no container has mounted.
SELECT
    CAST(NULL AS TEXT) AS store_id,
    'volume' AS object_kind,
    v.name AS object_id,
    'volumes/' || v.name AS path,
    'volumes/' || v.name || ' is an anonymous volume of no container; '
        || 'docker volume prune removes it.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM volumes AS v
JOIN roots AS r ON r.root_id = v.root_id
WHERE v.root_id = :root_id
    AND r.containers_known = 1
    AND v.anonymous = 1
    AND NOT EXISTS (
        SELECT 1
        FROM container_mounts AS m
        WHERE m.root_id = v.root_id
            AND m.name = v.name
            AND m.type = 'volume'
    )
ORDER BY v.name
