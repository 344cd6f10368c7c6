-- title: Problems
-- description: What is wrong on the disk, the worst first.
SELECT
    r.host,
    p.severity,
    p.rule,
    p.object_kind,
    p.object_id,
    p.path,
    p.message,
    p.first_seen_at,
    r.path AS root_path
FROM problems AS p
JOIN roots AS r ON r.root_id = p.root_id
ORDER BY
    CASE p.severity
        WHEN 'fatal' THEN 0
        WHEN 'error' THEN 1
        WHEN 'warning' THEN 2
        ELSE 3
    END,
    r.host,
    p.rule,
    p.path,
    p.problem_id
