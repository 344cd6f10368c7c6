-- title: Containers of a driver without a store
-- description: Containers of a graph driver that has no image store in the root. The names of other
--   drivers may mean a snapshotter of containerd.
SELECT
    c.store_id,
    'container' AS object_kind,
    c.container_id AS object_id,
    'containers/' || c.container_id || '/config.v2.json' AS path,
    'containers/' || c.container_id || '/config.v2.json has the driver ' || c.driver
        || ', but image/' || c.driver || ' is not there; the engine does not load the container '
        || COALESCE(c.name, c.container_id) || '.' AS message,
    CAST(NULL AS TEXT) AS severity,
    'image/' || c.driver AS missing
FROM containers AS c
WHERE c.root_id = :root_id
    AND c.store_id IS NULL
    AND c.driver IN ('overlay2', 'overlay', 'aufs', 'devicemapper', 'vfs', 'windowsfilter')
ORDER BY c.container_id
