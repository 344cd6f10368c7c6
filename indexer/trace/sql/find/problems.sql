-- title: Problems with a path, or with an object of that name
SELECT
    'problem' AS kind,
    p.object_id AS id,
    r.host,
    r.root_id,
    NULL AS store_id,
    'object ID' AS name_kind,
    NULL AS driver,
    p.object_id AS asked
FROM problems AS p
JOIN roots AS r ON r.root_id = p.root_id
WHERE p.object_id IN :paths
UNION
SELECT 'problem', p.path, r.host, r.root_id, NULL, 'path', NULL, p.path
FROM problems AS p
JOIN roots AS r ON r.root_id = p.root_id
WHERE p.path IN :paths
ORDER BY host, id
