-- title: The problem
SELECT
    p.object_kind,
    p.rule,
    p.severity,
    p.message,
    CASE
        WHEN SUBSTR(p.path, 1, 1) = '/' THEN p.path
        ELSE r.path || '/' || p.path
    END AS path
FROM problems AS p
JOIN roots AS r ON r.root_id = p.root_id
WHERE p.root_id = :root_id
    AND (p.object_id = :id OR p.path = :id)
ORDER BY
    CASE p.severity
        WHEN 'fatal' THEN 0
        WHEN 'error' THEN 1
        WHEN 'warning' THEN 2
        ELSE 3
    END,
    p.rule,
    p.path
LIMIT 1
