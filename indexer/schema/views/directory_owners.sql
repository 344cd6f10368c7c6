-- title: Owners of directories
-- description: The owner of each directory of a graph driver or snapshotter. A directory that
--   nothing names is an orphan, unless it is new, or something unreadable or stacked on it may need
--   it: then it is in progress or undetermined. An orphan is likely, not certain, if a name may be
--   lost or an engine may be at work.
WITH RECURSIVE claimed AS (
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
unowned AS (
    SELECT d.store_id, d.directory, d.changed_at, d.short_link
    FROM directories AS d
    LEFT JOIN owned AS o ON o.store_id = d.store_id AND o.directory = d.directory
    WHERE o.directory IS NULL
),
above (store_id, directory, upper_directory) AS (
    SELECT u.store_id, u.directory, d.directory
    FROM unowned AS u
    JOIN directories AS d ON d.store_id = u.store_id AND d.lower_directory = u.directory
    UNION
    SELECT a.store_id, a.directory, d.directory
    FROM above AS a
    JOIN directories AS d ON d.store_id = a.store_id AND d.lower_directory = a.upper_directory
),
-- The directory right below may be gone or have lost its file `lower`. The `lower` of the directory
-- on top still lists every directory of the stack, so use that.
broken AS (
    SELECT d.store_id, d.directory, d.stacked_on
    FROM directories AS d
    JOIN owned AS o ON o.store_id = d.store_id AND o.directory = d.directory
    LEFT JOIN directories AS p ON p.store_id = d.store_id AND p.directory = d.lower_directory
    WHERE d.stacked_on LIKE '%:%'
        AND (
            p.stacked_on IS NULL
            OR LENGTH(p.stacked_on) >= LENGTH(d.stacked_on)
            OR SUBSTR(d.stacked_on, LENGTH(d.stacked_on) - LENGTH(p.stacked_on) + 1)
                <> p.stacked_on
        )
),
stacked AS (
    SELECT store_id, directory, MIN(upper_directory) AS upper_directory
    FROM (
        SELECT a.store_id, a.directory, a.upper_directory
        FROM above AS a
        JOIN owned AS o ON o.store_id = a.store_id AND o.directory = a.upper_directory
        UNION ALL
        SELECT u.store_id, u.directory, b.directory
        FROM unowned AS u
        JOIN broken AS b
            ON b.store_id = u.store_id
            AND b.stacked_on LIKE '%' || COALESCE(u.short_link, u.directory) || '%'
    ) AS needed
    GROUP BY store_id, directory
),
young_writes AS (
    SELECT DISTINCT l.store_id
    FROM leftovers AS l
    JOIN stores AS s ON s.store_id = l.store_id
    JOIN roots AS r ON r.root_id = s.root_id
    WHERE l.kind = 'in-progress'
        AND r.engine_state = 'running'
        AND r.busy_since <= l.modified_at
),
doubtful AS (
    SELECT
        store_id,
        MIN(CASE WHEN whole = 1 THEN reason END) AS unread,
        MIN(CASE WHEN concerns = 'all' THEN reason END) AS of_all,
        MIN(CASE WHEN concerns = 'build-cache' THEN reason END) AS of_cache,
        MIN(CASE WHEN concerns = 'read-write' THEN reason END) AS of_mounts
    FROM doubts
    GROUP BY store_id
),
judged AS (
    SELECT
        u.store_id,
        u.directory,
        w.upper_directory,
        s.kind,
        t.name AS write_name,
        CASE
            WHEN s.driver = 'graph' THEN 'it is of an engine before 1.10'
            WHEN s.has_images = 0
                THEN 'image/' || s.driver || ', which says whose it is, is missing'
            WHEN q.unread IS NOT NULL THEN q.unread
            WHEN s.layers_known * s.mounts_known = 0
                THEN 'the layers or read-write layers, one of which may hold it, cannot be read'
            WHEN r.build_cache_state = 'unreadable' AND LENGTH(u.directory) = 25
                THEN 'the build cache, which may hold it, cannot be read'
        END AS unread,
        CASE
            WHEN r.engine_state <> 'running' OR u.changed_at < r.busy_since THEN NULL
            WHEN y.store_id IS NOT NULL THEN 'in-progress'
            WHEN s.driver = 'vfs' THEN 'undetermined'
        END AS work,
        COALESCE(
            q.of_all,
            CASE WHEN LENGTH(u.directory) = 25 THEN q.of_cache END,
            CASE
                WHEN SUBSTR(u.directory, 65) = '-init' OR i.directory IS NOT NULL THEN q.of_mounts
            END
        ) AS doubt,
        CASE
            WHEN u.changed_at < r.busy_since THEN NULL
            WHEN r.engine_state = 'running' THEN 'an engine runs, which may be making it'
            WHEN r.engine_state = 'unknown'
                THEN 'it cannot be told whether an engine runs, which may be making it: '
                    || COALESCE(r.engine_doubt, 'nothing tells')
        END AS race
    FROM unowned AS u
    JOIN stores AS s ON s.store_id = u.store_id
    JOIN roots AS r ON r.root_id = s.root_id
    LEFT JOIN stacked AS w ON w.store_id = u.store_id AND w.directory = u.directory
    LEFT JOIN young_writes AS y ON y.store_id = u.store_id
    LEFT JOIN doubtful AS q ON q.store_id = u.store_id
    LEFT JOIN directories AS i
        ON i.store_id = u.store_id
        AND i.directory = u.directory || '-init'
    LEFT JOIN leftovers AS t
        ON t.store_id = u.store_id
        AND t.cache_id = u.directory
        AND t.kind = 'in-progress'
)
SELECT
    d.store_id,
    d.directory,
    o.owner_kind,
    o.owner_id,
    CASE
        WHEN x.chain_id IS NOT NULL
            THEN 'a file of the layer is damaged, so that no engine loads it'
    END AS reason,
    'certain' AS confidence
FROM directories AS d
JOIN owned AS o ON o.store_id = d.store_id AND o.directory = d.directory
LEFT JOIN damaged_layers AS x
    ON x.store_id = d.store_id
    AND x.cache_id = d.directory
    AND x.chain_id = o.owner_id
    AND o.owner_kind = 'image-layer'
UNION ALL
SELECT
    store_id,
    directory,
    CASE
        WHEN upper_directory IS NOT NULL OR unread IS NOT NULL THEN 'undetermined'
        ELSE COALESCE(work, 'orphan')
    END AS owner_kind,
    CASE WHEN upper_directory IS NOT NULL THEN upper_directory END AS owner_id,
    CASE
        WHEN upper_directory IS NOT NULL
            THEN 'the directory ' || upper_directory || ', which is in use, is stacked on it'
        WHEN unread IS NOT NULL THEN unread
        WHEN work = 'in-progress' THEN 'the engine is writing a layer'
        WHEN work = 'undetermined'
            THEN 'the engine, which names a copy when it is complete, may be copying into it'
        ELSE CASE
            WHEN write_name IS NOT NULL THEN 'left by the crashed layer write ' || write_name
            WHEN kind = 'containerd' THEN 'no snapshot has it'
            ELSE 'no layer, mount, build cache or removal names it'
        END || COALESCE(', but ' || doubt, '') || COALESCE(', but ' || race, '')
    END AS reason,
    CASE
        WHEN doubt IS NOT NULL OR race IS NOT NULL OR unread IS NOT NULL THEN 'likely'
        ELSE 'certain'
    END AS confidence
FROM judged
