-- title: Files and folders of a Docker root at one of the given paths
SELECT
    CASE f.kind WHEN 'container-folder' THEN 'container' ELSE 'file' END AS kind,
    CASE f.kind WHEN 'container-folder' THEN f.name ELSE f.path END AS id,
    r.host,
    r.root_id,
    NULL AS store_id,
    'path' AS name_kind,
    NULL AS driver,
    f.path
FROM other_files AS f
JOIN roots AS r ON r.root_id = f.root_id
WHERE f.path IN :paths
ORDER BY f.path, r.host, r.path
