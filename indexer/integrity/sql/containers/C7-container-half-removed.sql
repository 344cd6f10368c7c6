-- title: Containers that are half removed
-- description: Containers whose removal began and did not end.
SELECT
    c.store_id,
    'container' AS object_kind,
    c.container_id AS object_id,
    'containers/' || c.container_id || '/config.v2.json' AS path,
    'containers/' || c.container_id || '/config.v2.json says that '
        || COALESCE(c.name, c.container_id) || ' is ' || c.state
        || '; docker rm removes what is left of it.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM containers AS c
WHERE c.root_id = :root_id
    AND c.state IN ('dead', 'removing')
ORDER BY c.container_id
