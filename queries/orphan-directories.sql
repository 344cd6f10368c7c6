-- title: Orphaned directories
-- description: Directories of graph drivers and snapshotters that nothing names, and downloads and
--   blobs that containerd does not know, with the reason and how certain it is. Certain: everything
--   that could name the directory was read, and nothing does. Likely: part of that is damaged or
--   missing, or an engine that started before the directory was made runs or may run; the reason
--   tells which. Bytes are empty unless `dockidx sync --du` measured them.
WITH orphans AS (
    SELECT
        o.store_id,
        o.directory,
        d.disk_bytes,
        d.modified_at,
        o.reason,
        o.confidence,
        s.layer_prefix || d.directory || s.layer_suffix AS path,
        d.first_seen_at
    FROM directory_owners AS o
    JOIN directories AS d ON d.store_id = o.store_id AND d.directory = o.directory
    JOIN stores AS s ON s.store_id = d.store_id
    WHERE o.owner_kind = 'orphan'
        OR (
            o.owner_kind = 'undetermined'
            AND s.has_images = 0
            AND s.active = 1
        )
    UNION ALL
    SELECT
        l.store_id,
        l.name,
        l.size_bytes,
        l.modified_at,
        CASE l.kind
            WHEN 'ingest' THEN 'left by a download that was cut short'
            ELSE 'containerd has no record of this blob'
        END
            || COALESCE(', but ' || q.reason, '')
            || CASE r.engine_state
                WHEN 'none' THEN ''
                WHEN 'running' THEN ', but an engine runs, which may need it'
                ELSE ', but it cannot be told whether an engine runs, which may need it: '
                    || COALESCE(r.engine_doubt, 'nothing tells')
            END,
        CASE WHEN r.engine_state = 'none' AND q.reason IS NULL THEN 'certain' ELSE 'likely' END,
        'io.containerd.content.v1.content/' || l.name,
        NULL
    FROM leftovers AS l
    JOIN stores AS s ON s.store_id = l.store_id
    JOIN roots AS r ON r.root_id = s.root_id
    LEFT JOIN (
        SELECT store_id, MIN(reason) AS reason
        FROM doubts
        WHERE concerns = 'all'
        GROUP BY store_id
    ) AS q ON q.store_id = l.store_id
    WHERE l.kind IN ('ingest', 'unknown-blob')
        AND (r.engine_state <> 'running' OR l.modified_at < r.busy_since)
)
SELECT
    r.host,
    s.driver,
    o.directory,
    o.disk_bytes,
    o.modified_at,
    o.reason,
    o.confidence,
    s.base_path || '/' || o.path AS path,
    o.first_seen_at
FROM orphans AS o
JOIN stores AS s ON s.store_id = o.store_id
JOIN roots AS r ON r.root_id = s.root_id
ORDER BY o.disk_bytes DESC NULLS LAST, r.host, o.directory, r.path
