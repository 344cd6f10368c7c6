-- title: What names a directory of a graph driver or snapshotter
-- description: Everything on the disk that claims a directory, the strongest claim first: layers,
--   including damaged ones, read-write layers, removals, the build cache, unfinished layer writes,
--   and any other snapshot of containerd.
SELECT
    store_id,
    cache_id AS directory,
    1 AS rank,
    'image-layer' AS owner_kind,
    chain_id AS owner_id
FROM store_layers
UNION ALL
SELECT
    store_id,
    cache_id AS directory,
    1 AS rank,
    'image-layer' AS owner_kind,
    chain_id AS owner_id
FROM damaged_layers
WHERE cache_id IS NOT NULL
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
-- The engine names the init layer <mount-id>-init (moby `layer/layer_store.go`), so if one of the
-- two files is lost, the other one still gives both names.
SELECT
    m.store_id,
    m.mount_id || '-init' AS directory,
    2 AS rank,
    CASE WHEN c.container_id IS NULL THEN 'other-mount' ELSE 'container-init' END AS owner_kind,
    m.name AS owner_id
FROM mounts AS m
JOIN directories AS d ON d.store_id = m.store_id AND d.directory = m.mount_id || '-init'
LEFT JOIN containers AS c ON c.store_id = m.store_id AND c.container_id = m.name
WHERE m.init_id IS NULL
UNION ALL
SELECT
    m.store_id,
    SUBSTR(m.init_id, 1, LENGTH(m.init_id) - 5) AS directory,
    2 AS rank,
    CASE WHEN c.container_id IS NULL THEN 'other-mount' ELSE 'container-rw' END AS owner_kind,
    m.name AS owner_id
FROM mounts AS m
LEFT JOIN containers AS c ON c.store_id = m.store_id AND c.container_id = m.name
WHERE m.mount_id IS NULL
    AND m.init_id LIKE '%-init'
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
    b.store_id,
    b.directory,
    4 AS rank,
    'build-cache' AS owner_kind,
    b.snapshot AS owner_id
FROM build_records AS b
JOIN stores AS s ON s.store_id = b.store_id AND s.kind = 'containerd'
WHERE b.directory IS NOT NULL
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
    AND r.engine_state = 'running'
    AND r.busy_since <= l.modified_at
UNION ALL
SELECT
    store_id,
    cache_id AS directory,
    6 AS rank,
    'removing' AS owner_kind,
    name AS owner_id
FROM leftovers
WHERE kind = 'unknown-snapshot'
    AND cache_id IS NOT NULL
UNION ALL
-- aufs, windowsfilter and devicemapper mark a directory before they delete it, and finish deletions
-- that were cut short at the next start of the engine.
SELECT
    store_id,
    directory,
    3 AS rank,
    'removing' AS owner_kind,
    directory AS owner_id
FROM directories
WHERE removing = 1
UNION ALL
SELECT
    sn.store_id,
    sn.snapshot_id AS directory,
    6 AS rank,
    CASE
        WHEN child.chain_id IS NOT NULL THEN 'image-layer'
        WHEN SUBSTR(sn.snapshot_key, 1, 8) = 'extract-' THEN 'in-progress'
        WHEN SUBSTR(sn.snapshot_key, 1, 10) = 'migration-' THEN 'in-progress'
        WHEN LENGTH(REPLACE(sn.snapshot_key, '-view', '')) = 25 THEN 'build-cache'
        ELSE 'other-mount'
    END AS owner_kind,
    COALESCE(child.chain_id, sn.snapshot_key) AS owner_id
FROM snapshots AS sn
LEFT JOIN (
    SELECT
        store_id,
        parent_key,
        MIN(chain_id) AS chain_id
    FROM snapshots
    WHERE chain_id IS NOT NULL
        AND parent_key IS NOT NULL
    GROUP BY store_id, parent_key
) AS child
    ON child.store_id = sn.store_id
    AND child.parent_key = sn.snapshot_key
WHERE sn.snapshot_id IS NOT NULL
UNION ALL
SELECT
    d.store_id,
    d.directory,
    7 AS rank,
    CASE SUBSTR(d.directory, 1, 3) WHEN 'rm-' THEN 'removing' ELSE 'in-progress' END AS owner_kind,
    d.directory AS owner_id
FROM directories AS d
JOIN stores AS s ON s.store_id = d.store_id AND s.kind = 'containerd'
JOIN roots AS r ON r.root_id = s.root_id
WHERE (SUBSTR(d.directory, 1, 3) = 'rm-' OR SUBSTR(d.directory, 1, 4) = 'new-')
    AND r.engine_state = 'running'
    AND r.busy_since <= d.changed_at
