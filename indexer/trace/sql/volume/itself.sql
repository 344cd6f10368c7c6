-- title: The volume and its path
SELECT
    v.driver,
    v.anonymous,
    v.size_bytes,
    p.purpose,
    CASE WHEN v.driver = 'local' THEN r.path || '/volumes/' || v.name || '/_data' END AS path
FROM volumes AS v
JOIN roots AS r ON r.root_id = v.root_id
LEFT JOIN volume_purposes AS p ON p.root_id = v.root_id AND p.name = v.name
WHERE v.root_id = :root_id
    AND v.name = :id
