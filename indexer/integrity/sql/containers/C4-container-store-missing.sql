-- title: Containers of a driver without a store
-- description: Containers of a graph driver that has no image store in the root. The names of other
--   drivers may mean a snapshotter of containerd. One without a driver is loaded on aufs alone.
SELECT
    c.store_id,
    'container' AS object_kind,
    c.container_id AS object_id,
    'containers/' || c.container_id || '/config.v2.json' AS path,
    'containers/' || c.container_id || '/config.v2.json has '
        || CASE
            WHEN c.driver IS NULL THEN 'no driver, which means aufs'
            ELSE 'the driver ' || c.driver
        END
        || ', but image/' || COALESCE(c.driver, 'aufs')
        || ' is not there; the engine does not load the container '
        || COALESCE(c.name, c.container_id) || '.' AS message,
    CAST(NULL AS TEXT) AS severity,
    'image/' || COALESCE(c.driver, 'aufs') AS missing
FROM containers AS c
WHERE c.root_id = :root_id
    AND c.store_id IS NULL
    AND COALESCE(c.driver, 'aufs') IN (
        'overlay2',
        'overlay',
        'aufs',
        'devicemapper',
        'vfs',
        'windowsfilter'
    )
ORDER BY c.container_id
