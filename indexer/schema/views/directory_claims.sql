-- title: What names a directory of a graph driver
-- description: Everything that says a directory is its own, the strongest claim first: layers,
--   read-write layers, removals, the build cache, and layer writes that are not finished.
SELECT
    store_id,
    cache_id AS directory,
    1 AS rank,
    'image-layer' AS owner_kind,
    chain_id AS owner_id
FROM store_layers
UNION ALL
SELECT
    m.store_id,
    m.mount_id AS directory,
    2 AS rank,
    CASE WHEN c.container_id IS NULL THEN 'other-mount' ELSE 'container-rw' END AS owner_kind,
    m.name AS owner_id
FROM mounts AS m
LEFT JOIN containers AS c ON c.store_id = m.store_id AND c.container_id = m.name
WHERE m.mount_id IS NOT NULL
UNION ALL
SELECT
    m.store_id,
    m.init_id AS directory,
    2 AS rank,
    CASE WHEN c.container_id IS NULL THEN 'other-mount' ELSE 'container-init' END AS owner_kind,
    m.name AS owner_id
FROM mounts AS m
LEFT JOIN containers AS c ON c.store_id = m.store_id AND c.container_id = m.name
WHERE m.init_id IS NOT NULL
UNION ALL
SELECT
    store_id,
    cache_id AS directory,
    3 AS rank,
    'removing' AS owner_kind,
    chain_id AS owner_id
FROM leftovers
WHERE kind = 'removing'
    AND cache_id IS NOT NULL
UNION ALL
SELECT
    store_id,
    directory,
    4 AS rank,
    'build-cache' AS owner_kind,
    COALESCE(snapshot, directory) AS owner_id
FROM build_snapshots
UNION ALL
SELECT
    l.store_id,
    l.cache_id AS directory,
    5 AS rank,
    'in-progress' AS owner_kind,
    l.name AS owner_id
FROM leftovers AS l
JOIN stores AS s ON s.store_id = l.store_id
JOIN roots AS r ON r.root_id = s.root_id
WHERE l.kind = 'in-progress'
    AND l.cache_id IS NOT NULL
    AND r.engine_started_at <= l.modified_at
