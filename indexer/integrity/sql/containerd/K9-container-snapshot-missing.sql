-- title: Containers without their snapshot or their lease
-- description: Containers of the containerd store whose files are in no snapshot, or are not kept
--   from being collected.
SELECT
    s.store_id AS store_id,
    'container' AS object_kind,
    c.container_id AS object_id,
    s.place || 'io.containerd.metadata.v1.bolt/meta.db' AS path,
    s.place || 'io.containerd.metadata.v1.bolt/meta.db has no snapshot ' || c.container_id
        || '; the container ' || COALESCE(c.name, c.container_id)
        || ' cannot start, and what it wrote is out of reach.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM store_places AS s
JOIN containers AS c ON c.store_id = s.store_id
LEFT JOIN mounts AS m ON m.store_id = c.store_id AND m.name = c.container_id
WHERE s.root_id = :root_id
    AND s.kind = 'containerd'
    AND c.state NOT IN ('dead', 'removing')
    AND m.name IS NULL
UNION ALL
SELECT
    s.store_id AS store_id,
    'container' AS object_kind,
    c.container_id AS object_id,
    s.place || 'io.containerd.metadata.v1.bolt/meta.db' AS path,
    s.place || 'io.containerd.metadata.v1.bolt/meta.db has no lease ' || c.container_id
        || '; the files of the container ' || COALESCE(c.name, c.container_id)
        || ' are collected as garbage.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM store_places AS s
JOIN containers AS c ON c.store_id = s.store_id
JOIN mounts AS m ON m.store_id = c.store_id AND m.name = c.container_id
LEFT JOIN leases AS l ON l.store_id = c.store_id AND l.lease_id = c.container_id
WHERE s.root_id = :root_id
    AND s.kind = 'containerd'
    AND c.state NOT IN ('dead', 'removing')
    AND l.lease_id IS NULL
ORDER BY store_id, object_id
