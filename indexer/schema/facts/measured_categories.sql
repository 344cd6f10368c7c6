-- title: Which category each measured thing is of
-- description: The first that fits of what a place can be: of another namespace, of a store that
--   the engine does not use, a removal or a write that was cut short, and then what needs it:
--   images, containers, the build cache, or a pull. What nothing needs was leaked or is an orphan.
WITH RECURSIVE own AS (
    SELECT
        s.store_id,
        s.kind,
        s.driver,
        CASE WHEN s.active = 1 AND s.has_images = 1 THEN 0 ELSE 1 END AS hidden
    FROM stores AS s
    WHERE s.root_id = :root_id
),
-- Layers of graph drivers, by what needs them: 1 images, 2 containers, 3 the build cache.
needed_layers (store_id, need, chain_id) AS (
    SELECT s.store_id, 1, il.chain_id
    FROM own AS s
    JOIN store_images AS si ON si.store_id = s.store_id
    JOIN image_layers AS il ON il.image_id = si.image_id
    WHERE s.kind = 'graphdriver'
    UNION
    SELECT s.store_id, 2, m.parent_chain_id
    FROM own AS s
    JOIN mounts AS m ON m.store_id = s.store_id
    JOIN roots AS r ON r.root_id = :root_id
    LEFT JOIN containers AS c ON c.store_id = m.store_id AND c.container_id = m.name
    WHERE s.kind = 'graphdriver'
        -- While containers cannot be read, any read-write layer may be of one.
        AND (c.container_id IS NOT NULL OR r.containers_known = 0)
        AND m.parent_chain_id IS NOT NULL
    UNION
    SELECT s.store_id, 3, b.chain_id
    FROM own AS s
    JOIN build_records AS b ON b.store_id = s.store_id
    WHERE s.kind = 'graphdriver'
        AND b.chain_id IS NOT NULL
    UNION
    SELECT s.store_id, 3, b.chain_id
    FROM own AS s
    JOIN build_snapshots AS b ON b.store_id = s.store_id
    WHERE b.chain_id IS NOT NULL
    UNION
    SELECT s.store_id, 3, b.parent
    FROM own AS s
    JOIN build_snapshots AS b ON b.store_id = s.store_id
    WHERE b.parent IS NOT NULL
    UNION
    SELECT n.store_id, n.need, l.parent_chain_id
    FROM needed_layers AS n
    JOIN layers AS l ON l.chain_id = n.chain_id
    WHERE l.parent_chain_id IS NOT NULL
        AND n.need > 1
),
layer_needs AS (
    SELECT store_id, chain_id, MIN(need) AS need
    FROM needed_layers
    GROUP BY store_id, chain_id
),
-- Blobs and snapshots of containerd in the same way; 4 stands for leases that end.
needed_parts (store_id, need, part_kind, part) AS (
    SELECT s.store_id, 1, 'blob', si.engine_image_id
    FROM own AS s
    JOIN store_images AS si ON si.store_id = s.store_id
    JOIN roots AS r ON r.root_id = :root_id
    WHERE s.kind = 'containerd'
        AND (si.expires_at IS NULL OR si.expires_at > r.last_synced_at)
    UNION
    SELECT s.store_id, 2, 'snapshot', m.name
    FROM own AS s
    JOIN mounts AS m ON m.store_id = s.store_id
    WHERE s.kind = 'containerd'
    UNION
    SELECT s.store_id, 3, 'snapshot', b.snapshot
    FROM own AS s
    JOIN build_records AS b ON b.store_id = s.store_id
    WHERE s.kind = 'containerd'
    UNION
    SELECT s.store_id, 3, 'blob', b.blob_digest
    FROM own AS s
    JOIN build_records AS b ON b.store_id = s.store_id
    WHERE s.kind = 'containerd'
        AND b.blob_digest IS NOT NULL
    UNION
    SELECT
        s.store_id,
        CASE WHEN c.container_id IS NULL THEN 3 ELSE 2 END,
        CASE WHEN lr.kind = 'content' THEN 'blob' ELSE 'snapshot' END,
        lr.resource
    FROM own AS s
    JOIN leases AS l ON l.store_id = s.store_id
    JOIN lease_resources AS lr ON lr.store_id = l.store_id AND lr.lease_id = l.lease_id
    LEFT JOIN containers AS c ON c.root_id = :root_id AND c.container_id = l.lease_id
    WHERE s.kind = 'containerd'
        AND l.expires_at IS NULL
        AND lr.kind IN ('content', 'snapshot')
    UNION
    SELECT n.store_id, n.need, e.below_kind, e.below
    FROM needed_parts AS n
    JOIN part_edges AS e
        ON e.store_id = n.store_id
        AND e.part_kind = n.part_kind
        AND e.part = n.part
),
part_needs AS (
    SELECT store_id, part_kind, part, MIN(need) AS need
    FROM needed_parts
    GROUP BY store_id, part_kind, part
),
blob_holders AS (
    SELECT
        b.blob_digest,
        MIN(s.hidden) AS hidden,
        MIN(n.need) AS need
    FROM own AS s
    JOIN store_blobs AS b ON b.store_id = s.store_id
    LEFT JOIN part_needs AS n
        ON n.store_id = b.store_id
        AND n.part_kind = 'blob'
        AND n.part = b.blob_digest
    GROUP BY b.blob_digest
),
used_elsewhere AS (
    SELECT DISTINCT
        kind,
        snapshotter,
        CASE WHEN kind = 'blob' THEN part ELSE snapshot_id END AS name
    FROM namespace_parts
    WHERE root_id = :root_id
),
crashed_layers AS (
    SELECT DISTINCT l.store_id, l.cache_id
    FROM own AS s
    JOIN leftovers AS l ON l.store_id = s.store_id
    WHERE l.kind = 'in-progress'
        AND l.cache_id IS NOT NULL
),
forgotten AS (
    SELECT DISTINCT l.store_id, l.cache_id
    FROM own AS s
    JOIN leftovers AS l ON l.store_id = s.store_id
    WHERE l.kind = 'unknown-snapshot'
),
seen_owners AS MATERIALIZED (
    SELECT o.store_id, o.directory, o.owner_kind, o.owner_id
    FROM own AS s
    JOIN directory_owners AS o ON o.store_id = s.store_id
    WHERE s.kind = 'graphdriver'
),
-- What a directory in use is stacked on is its owner's too.
owners AS (
    SELECT
        o.store_id,
        o.directory,
        COALESCE(u.owner_kind, o.owner_kind) AS owner_kind,
        COALESCE(u.owner_id, o.owner_id) AS owner_id
    FROM seen_owners AS o
    LEFT JOIN seen_owners AS u
        ON u.store_id = o.store_id
        AND u.directory = o.owner_id
        AND o.owner_kind = 'undetermined'
),
of_directories AS (
    SELECT
        m.kind,
        m.driver,
        m.name,
        CASE
            WHEN s.hidden = 1 THEN 'hidden-stores'
            WHEN o.owner_kind = 'removing' THEN 'removals'
            WHEN o.owner_kind = 'in-progress' THEN 'crashed-writes'
            WHEN o.owner_kind = 'orphan' AND w.cache_id IS NOT NULL THEN 'crashed-writes'
            WHEN n.need = 1 THEN 'images'
            WHEN n.need = 2 OR o.owner_kind IN ('container-rw', 'container-init') THEN 'containers'
            WHEN o.owner_kind = 'other-mount' AND r.containers_known = 0 THEN 'containers'
            WHEN n.need = 3 OR o.owner_kind = 'build-cache' THEN 'build-cache'
            WHEN o.owner_kind IN ('image-layer', 'other-mount') THEN 'leaked-layers'
            WHEN o.owner_kind = 'orphan' THEN 'orphans'
            ELSE 'other'
        END AS category
    FROM measurements AS m
    JOIN roots AS r ON r.root_id = m.root_id
    JOIN own AS s ON s.driver = m.driver AND s.kind = 'graphdriver'
    LEFT JOIN owners AS o ON o.store_id = s.store_id AND o.directory = m.name
    LEFT JOIN layer_needs AS n
        ON n.store_id = s.store_id
        AND n.chain_id = o.owner_id
        AND o.owner_kind = 'image-layer'
    LEFT JOIN crashed_layers AS w ON w.store_id = s.store_id AND w.cache_id = m.name
    WHERE m.root_id = :root_id
        AND m.kind = 'directory'
),
of_snapshots AS (
    SELECT
        m.kind,
        m.driver,
        m.name,
        CASE
            WHEN u.name IS NOT NULL AND sn.snapshot_key IS NULL THEN 'other-namespaces'
            WHEN sn.snapshot_key IS NOT NULL AND s.hidden = 1 THEN 'hidden-stores'
            WHEN SUBSTR(m.name, 1, 3) = 'rm-' THEN 'removals'
            WHEN SUBSTR(m.name, 1, 4) = 'new-' THEN 'crashed-writes'
            WHEN n.need = 1 THEN 'images'
            WHEN n.need = 2 THEN 'containers'
            WHEN n.need = 3 THEN 'build-cache'
            WHEN sn.snapshot_key IS NOT NULL THEN 'cut-short-pulls'
            -- containerd has forgotten it, and its snapshotter has not removed it yet.
            WHEN x.cache_id IS NOT NULL THEN 'removals'
            WHEN s.store_id IS NOT NULL THEN 'orphans'
            ELSE 'other'
        END AS category
    FROM measurements AS m
    LEFT JOIN own AS s ON s.driver = m.driver AND s.kind = 'containerd'
    LEFT JOIN snapshots AS sn ON sn.store_id = s.store_id AND sn.snapshot_id = m.name
    LEFT JOIN part_needs AS n
        ON n.store_id = sn.store_id
        AND n.part_kind = 'snapshot'
        AND n.part = sn.snapshot_key
    LEFT JOIN used_elsewhere AS u
        ON u.kind = 'snapshot'
        AND u.snapshotter = m.driver
        AND u.name = m.name
    LEFT JOIN forgotten AS x ON x.store_id = s.store_id AND x.cache_id = m.name
    WHERE m.root_id = :root_id
        AND m.kind = 'snapshot'
),
of_blobs AS (
    SELECT
        m.kind,
        m.driver,
        m.name,
        CASE
            WHEN u.name IS NOT NULL AND h.need IS NULL THEN 'other-namespaces'
            WHEN h.hidden = 1 THEN 'hidden-stores'
            WHEN h.need = 1 THEN 'images'
            WHEN h.need = 2 THEN 'containers'
            WHEN h.need = 3 THEN 'build-cache'
            WHEN h.blob_digest IS NOT NULL THEN 'cut-short-pulls'
            WHEN EXISTS (SELECT 1 FROM own AS s WHERE s.kind = 'containerd') THEN 'orphans'
            -- The manifests of what a graph driver's engine pulled, from 20.10 on.
            ELSE 'images'
        END AS category
    FROM measurements AS m
    LEFT JOIN blob_holders AS h ON h.blob_digest = m.name
    LEFT JOIN used_elsewhere AS u ON u.kind = 'blob' AND u.name = m.name
    WHERE m.root_id = :root_id
        AND m.kind = 'blob'
),
of_drivers AS (
    SELECT
        m.kind,
        m.driver,
        m.name,
        CASE
            WHEN s.hidden = 1 THEN 'hidden-stores'
            WHEN m.kind = 'layer-removal' THEN 'removals'
            WHEN m.kind = 'layer-write' THEN 'crashed-writes'
            WHEN m.kind = 'devices' THEN 'images'
            ELSE 'engine-metadata'
        END AS category
    FROM measurements AS m
    LEFT JOIN own AS s ON s.driver = m.driver AND s.kind = 'graphdriver'
    WHERE m.root_id = :root_id
        AND m.kind IN ('image-records', 'driver-folder', 'layer-removal', 'layer-write', 'devices')
),
of_containers AS (
    SELECT
        m.kind,
        m.driver,
        m.name,
        CASE
            WHEN m.kind = 'container-log' THEN 'logs'
            WHEN k.container_id IS NOT NULL THEN 'containers'
            WHEN c.container_id IS NOT NULL THEN 'hidden-stores'
            ELSE 'other'
        END AS category
    FROM measurements AS m
    LEFT JOIN containers AS c ON c.root_id = m.root_id AND c.container_id = m.name
    LEFT JOIN listed_containers AS k ON k.root_id = m.root_id AND k.container_id = m.name
    WHERE m.root_id = :root_id
        AND m.kind IN ('container', 'container-log')
),
of_volumes AS (
    SELECT
        m.kind,
        m.driver,
        m.name,
        CASE WHEN v.name IS NULL THEN 'other' ELSE 'volumes' END AS category
    FROM measurements AS m
    LEFT JOIN volumes AS v ON v.root_id = m.root_id AND v.name = m.name
    WHERE m.root_id = :root_id
        AND m.kind = 'volume'
),
of_the_rest AS (
    SELECT
        m.kind,
        m.driver,
        m.name,
        CASE m.kind
            WHEN 'former-store' THEN 'hidden-stores'
            WHEN 'nested-root' THEN 'hidden-stores'
            WHEN 'containerd-root' THEN 'hidden-stores'
            WHEN 'part-written' THEN 'crashed-writes'
            WHEN 'ingest' THEN 'cut-short-pulls'
            WHEN 'build-ingest' THEN 'cut-short-pulls'
            WHEN 'build-blob' THEN 'build-cache'
            WHEN 'history-blob' THEN 'other-namespaces'
            WHEN 'other-client' THEN 'other-namespaces'
            WHEN 'plugin' THEN 'plugins'
            WHEN 'temporary' THEN 'temporaries'
            WHEN 'cache' THEN 'temporaries'
            WHEN 'engine-file' THEN 'engine-metadata'
            ELSE 'other'
        END AS category
    FROM measurements AS m
    WHERE m.root_id = :root_id
        AND m.kind NOT IN (
            'directory', 'snapshot', 'blob', 'image-records', 'driver-folder', 'layer-removal',
            'layer-write', 'devices', 'container', 'container-log', 'volume'
        )
)
SELECT kind, driver, name, category
FROM of_directories
UNION ALL
SELECT kind, driver, name, category
FROM of_snapshots
UNION ALL
SELECT kind, driver, name, category
FROM of_blobs
UNION ALL
SELECT kind, driver, name, category
FROM of_drivers
UNION ALL
SELECT kind, driver, name, category
FROM of_containers
UNION ALL
SELECT kind, driver, name, category
FROM of_volumes
UNION ALL
SELECT kind, driver, name, category
FROM of_the_rest
