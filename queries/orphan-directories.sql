-- title: Orphaned directories
-- description: Directories of graph drivers and snapshotters that nothing names, and downloads
--   and blobs that containerd does not know, with the reason and how sure it is. Certain: nothing
--   that runs can still name it. Likely: an engine is running that is older than the directory, or
--   image/<driver>, which would name it, is missing.
--   Bytes are empty unless `dockidx sync --du` measured them.
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
        END,
        CASE WHEN r.engine_started_at IS NULL THEN 'certain' ELSE 'likely' END,
        'io.containerd.content.v1.content/' || l.name,
        NULL
    FROM leftovers AS l
    JOIN stores AS s ON s.store_id = l.store_id
    JOIN roots AS r ON r.root_id = s.root_id
    WHERE l.kind IN ('ingest', 'unknown-blob')
        AND (r.engine_started_at IS NULL OR l.modified_at < r.engine_started_at)
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
