-- title: Problems
-- description: What is wrong on the disk: what kept a part from being read first, as all that
--   follows from that part is unknown, then the worst.
SELECT
    r.host,
    p.severity,
    p.rule,
    p.object_kind,
    p.object_id,
    p.path,
    p.message,
    p.first_seen_at,
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
    p.rule,
    p.path,
    p.problem_id
