-- title: Doubts about orphans
-- description: Signs that a name of a directory was lost or damaged, so that a directory that
--   nothing names may still have an owner: names that lead nowhere, directories with two owners,
--   and objects that should name a directory but do not.
WITH own AS (
    SELECT s.store_id, s.kind, s.driver
    FROM stores AS s
    WHERE s.root_id = :root_id
        AND EXISTS (SELECT 1 FROM directories AS d WHERE d.store_id = s.store_id)
),
layer_names AS (
    SELECT k.store_id, k.cache_id AS directory, 'the layer ' || k.chain_id AS namer
    FROM own AS s
    JOIN store_layers AS k ON k.store_id = s.store_id
    UNION ALL
    SELECT k.store_id, k.cache_id, 'the layer ' || k.chain_id
    FROM own AS s
    JOIN damaged_layers AS k ON k.store_id = s.store_id
    WHERE k.cache_id IS NOT NULL
),
mount_names AS (
    SELECT m.store_id, m.mount_id AS directory, 'the read-write layer ' || m.name AS namer, m.name
    FROM own AS s
    JOIN mounts AS m ON m.store_id = s.store_id
    WHERE m.mount_id IS NOT NULL
    UNION ALL
    SELECT m.store_id, m.init_id, 'the read-write layer ' || m.name, m.name
    FROM own AS s
    JOIN mounts AS m ON m.store_id = s.store_id
    WHERE m.init_id IS NOT NULL
),
cache_names AS (
    SELECT b.store_id, b.directory, 'the build cache ' || COALESCE(b.snapshot, b.directory) AS namer
    FROM own AS s
    JOIN build_snapshots AS b ON b.store_id = s.store_id
),
snapshot_names AS (
    SELECT n.store_id, n.snapshot_id AS directory, 'the snapshot ' || n.snapshot_key AS namer
    FROM own AS s
    JOIN snapshots AS n ON n.store_id = s.store_id
    WHERE n.snapshot_id IS NOT NULL
),
needed_layers AS (
    SELECT si.store_id, il.chain_id
    FROM own AS s
    JOIN store_images AS si ON si.store_id = s.store_id
    JOIN image_layers AS il ON il.image_id = si.image_id
    WHERE s.kind = 'graphdriver'
    UNION
    SELECT m.store_id, m.parent_chain_id
    FROM own AS s
    JOIN mounts AS m ON m.store_id = s.store_id
    WHERE s.kind = 'graphdriver'
        AND m.parent_chain_id IS NOT NULL
    UNION
    SELECT k.store_id, k.recorded_parent
    FROM own AS s
    JOIN store_layers AS k ON k.store_id = s.store_id
    WHERE s.kind = 'graphdriver'
        AND k.recorded_parent IS NOT NULL
),
once AS (
    SELECT store_id, directory, namer
    FROM layer_names
    UNION ALL
    SELECT store_id, directory, namer
    FROM mount_names
),
shared AS (
    SELECT o.store_id, o.directory
    FROM once AS o
    JOIN own AS s ON s.store_id = o.store_id
    WHERE s.kind = 'graphdriver'
    GROUP BY o.store_id, o.directory
    HAVING COUNT(*) > 1
    UNION ALL
    SELECT store_id, directory
    FROM snapshot_names
    GROUP BY store_id, directory
    HAVING COUNT(*) > 1
),
dangling AS (
    SELECT n.store_id, n.namer
    FROM layer_names AS n
    LEFT JOIN directories AS d ON d.store_id = n.store_id AND d.directory = n.directory
    WHERE d.directory IS NULL
    UNION ALL
    SELECT n.store_id, n.namer
    FROM mount_names AS n
    LEFT JOIN directories AS d ON d.store_id = n.store_id AND d.directory = n.directory
    LEFT JOIN containers AS c ON c.store_id = n.store_id AND c.container_id = n.name
    WHERE d.directory IS NULL
        -- The engine removes the directory of a container before its mount, so for a moment this is
        -- no fault.
        AND (c.state IS NULL OR c.state NOT IN ('dead', 'removing'))
    UNION ALL
    SELECT n.store_id, n.namer
    FROM cache_names AS n
    LEFT JOIN directories AS d ON d.store_id = n.store_id AND d.directory = n.directory
    WHERE d.directory IS NULL
    UNION ALL
    SELECT n.store_id, n.namer
    FROM snapshot_names AS n
    LEFT JOIN directories AS d ON d.store_id = n.store_id AND d.directory = n.directory
    WHERE d.directory IS NULL
)
SELECT
    store_id,
    'dangling' AS doubt,
    'all' AS concerns,
    MIN(namer) || ' names a directory that is not there' AS reason,
    0 AS whole
FROM dangling
GROUP BY store_id
UNION ALL
SELECT
    store_id,
    'shared',
    'all',
    'more than one layer names the directory ' || MIN(directory),
    0
FROM shared
GROUP BY store_id
UNION ALL
SELECT
    n.store_id,
    'lost-layer',
    'all',
    'the layer ' || MIN(n.chain_id) || ', which is needed, is not in the layer store',
    0
FROM needed_layers AS n
LEFT JOIN store_layers AS k ON k.store_id = n.store_id AND k.chain_id = n.chain_id
LEFT JOIN damaged_layers AS x ON x.store_id = n.store_id AND x.chain_id = n.chain_id
WHERE k.chain_id IS NULL
    AND x.chain_id IS NULL
GROUP BY n.store_id
UNION ALL
SELECT
    l.store_id,
    'removal',
    'all',
    'the cache-id of the removal ' || MIN(l.name) || ' is not there or cannot be read',
    0
FROM own AS s
JOIN leftovers AS l ON l.store_id = s.store_id
WHERE l.kind = 'removing'
    AND l.cache_id IS NULL
GROUP BY l.store_id
UNION ALL
SELECT
    m.store_id,
    'mount-id',
    'all',
    'image/' || MIN(s.driver) || '/layerdb/mounts/' || MIN(m.name)
        || '/mount-id is not there or cannot be read',
    0
FROM own AS s
JOIN mounts AS m ON m.store_id = s.store_id
WHERE s.kind = 'graphdriver'
    AND m.mount_id IS NULL
GROUP BY m.store_id
UNION ALL
SELECT
    k.store_id,
    'cache-id',
    'all',
    'image/' || MIN(s.driver) || '/layerdb/' || MIN(k.folder)
        || '/cache-id is not there or cannot be read',
    0
FROM own AS s
JOIN damaged_layers AS k ON k.store_id = s.store_id
WHERE k.cache_id IS NULL
GROUP BY k.store_id
UNION ALL
SELECT
    c.store_id,
    'lost-mount',
    'read-write',
    'the container ' || MIN(COALESCE(c.name, c.container_id)) || ' has lost its read-write layer',
    0
FROM own AS s
JOIN containers AS c ON c.store_id = s.store_id
LEFT JOIN mounts AS m ON m.store_id = c.store_id AND m.name = c.container_id
WHERE s.kind = 'graphdriver'
    AND c.state NOT IN ('dead', 'removing')
    AND m.name IS NULL
GROUP BY c.store_id
UNION ALL
SELECT
    n.store_id,
    'snapshot-id',
    'all',
    'the snapshotter does not know the snapshot ' || MIN(n.snapshot_key),
    CASE WHEN COUNT(*) = MAX(a.snapshots) THEN 1 ELSE 0 END
FROM own AS s
JOIN snapshots AS n ON n.store_id = s.store_id
JOIN (
    SELECT store_id, COUNT(*) AS snapshots
    FROM snapshots
    GROUP BY store_id
) AS a ON a.store_id = n.store_id
WHERE n.snapshot_id IS NULL
GROUP BY n.store_id
