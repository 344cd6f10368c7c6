-- title: Problems
-- description: What is wrong on the disk, and what to do. First stands what kept a part from being
--   read, as everything that depends on that part is unknown; then the worst, causes before their
--   consequences. size_bytes is what a directory takes on the disk, where a sync measured it.
SELECT
    r.host,
    p.severity,
    p.rule,
    p.object_kind,
    p.object_id,
    p.path,
    p.message,
    p.first_seen_at,
    CASE p.object_kind
        WHEN 'directory' THEN (
            SELECT MAX(d.disk_bytes)
            FROM stores AS s
            JOIN directories AS d ON d.store_id = s.store_id
            WHERE s.root_id = p.root_id
                AND d.directory = p.object_id
                AND s.layer_prefix || d.directory = p.path
        )
    END AS size_bytes,
    p.remedy,
    p.slug,
    r.path AS root_path,
    p.cause
FROM problems AS p
JOIN roots AS r ON r.root_id = p.root_id
ORDER BY
    COALESCE(p.cause, 0) DESC,
    CASE p.severity
        WHEN 'fatal' THEN 0
        WHEN 'error' THEN 1
        WHEN 'warning' THEN 2
        ELSE 3
    END,
    r.host,
    p.depth,
    p.rule,
    p.path,
    p.problem_id
