-- title: Containers that run without an engine
-- description: Containers that are noted as running where no engine runs on the root.
SELECT
    c.store_id,
    'container' AS object_kind,
    c.container_id AS object_id,
    'containers/' || c.container_id || '/config.v2.json' AS path,
    'containers/' || c.container_id || '/config.v2.json says that '
        || COALESCE(c.name, c.container_id) || ' is ' || c.state
        || ', but no engine runs here; it went down without stopping the container.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM containers AS c
JOIN roots AS r ON r.root_id = c.root_id
WHERE c.root_id = :root_id
    AND r.engine_state = 'none'
    AND c.state IN ('running', 'paused', 'restarting')
ORDER BY c.container_id
