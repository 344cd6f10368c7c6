-- title: Owners of directories
-- description: Whose each directory of a graph driver or snapshotter is. One that nothing names is
--   an orphan, unless something young or unreadable may still name it: then it is in progress or
--   undetermined.
WITH claimed AS (
    SELECT
        store_id,
        directory,
        owner_kind,
        owner_id,
        ROW_NUMBER() OVER (
            PARTITION BY store_id, directory
            ORDER BY rank, owner_kind, owner_id
        ) AS strength
    FROM directory_claims
),
owned AS (
    SELECT
        store_id,
        directory,
        owner_kind,
        owner_id
    FROM claimed
    WHERE strength = 1
),
lowers AS (
    SELECT DISTINCT
        d.store_id,
        d.lower_directory AS directory
    FROM directories AS d
    JOIN owned AS k ON k.store_id = d.store_id AND k.directory = d.directory
    WHERE d.lower_directory IS NOT NULL
),
young_writes AS (
    SELECT DISTINCT l.store_id
    FROM leftovers AS l
    JOIN stores AS s ON s.store_id = l.store_id
    JOIN roots AS r ON r.root_id = s.root_id
    WHERE l.kind = 'in-progress'
        AND r.engine_started_at <= l.modified_at
),
unowned AS (
    SELECT d.store_id, d.directory, d.changed_at
    FROM directories AS d
    LEFT JOIN owned AS o ON o.store_id = d.store_id AND o.directory = d.directory
    WHERE o.directory IS NULL
)
SELECT
    d.store_id,
    d.directory,
    o.owner_kind,
    o.owner_id,
    NULL AS reason,
    'certain' AS confidence
FROM directories AS d
JOIN owned AS o ON o.store_id = d.store_id AND o.directory = d.directory
UNION ALL
SELECT
    d.store_id,
    d.directory,
    CASE
        WHEN w.directory IS NOT NULL THEN 'undetermined'
        WHEN s.has_images = 0 THEN 'undetermined'
        WHEN r.build_cache_state = 'unreadable' AND LENGTH(d.directory) = 25 THEN 'undetermined'
        WHEN r.engine_started_at <= d.changed_at AND y.store_id IS NOT NULL THEN 'in-progress'
        WHEN r.engine_started_at <= d.changed_at AND s.driver = 'vfs' THEN 'undetermined'
        ELSE 'orphan'
    END AS owner_kind,
    NULL AS owner_id,
    CASE
        WHEN w.directory IS NOT NULL THEN 'a directory in use is stacked on it'
        WHEN s.driver = 'graph' THEN 'it is of an engine before 1.10'
        WHEN s.has_images = 0
            THEN 'image/' || s.driver || ', which says whose it is, is missing'
        WHEN r.build_cache_state = 'unreadable' AND LENGTH(d.directory) = 25
            THEN 'the build cache, which may hold it, cannot be read'
        WHEN r.engine_started_at <= d.changed_at AND y.store_id IS NOT NULL
            THEN 'the engine is writing a layer'
        WHEN r.engine_started_at <= d.changed_at AND s.driver = 'vfs'
            THEN 'the engine, which names a copy when it is complete, may be copying into it'
        WHEN t.name IS NOT NULL THEN 'left by the crashed layer write ' || t.name
        WHEN s.kind = 'containerd' THEN 'no snapshot has it'
        ELSE 'no layer, mount, build cache or removal names it'
    END AS reason,
    CASE
        WHEN s.has_images = 0 THEN 'likely'
        WHEN r.engine_started_at <= d.changed_at THEN 'likely'
        ELSE 'certain'
    END AS confidence
FROM unowned AS d
JOIN stores AS s ON s.store_id = d.store_id
JOIN roots AS r ON r.root_id = s.root_id
LEFT JOIN lowers AS w ON w.store_id = d.store_id AND w.directory = d.directory
LEFT JOIN young_writes AS y ON y.store_id = d.store_id
LEFT JOIN leftovers AS t
    ON t.store_id = d.store_id
    AND t.cache_id = d.directory
    AND t.kind = 'in-progress'
