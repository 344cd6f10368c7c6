-- title: Containers of one name
-- description: Containers of one store that have the same name as another one.
SELECT DISTINCT
    c.store_id,
    'container' AS object_kind,
    c.container_id AS object_id,
    'containers/' || c.container_id || '/config.v2.json' AS path,
    'containers/' || c.container_id || '/config.v2.json has the name ' || c.name
        || ', which another container has too; the engine loads one of them.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM containers AS c
JOIN containers AS o ON o.root_id = c.root_id AND o.name = c.name AND o.driver = c.driver
WHERE c.root_id = :root_id
    AND o.container_id <> c.container_id
ORDER BY 3
