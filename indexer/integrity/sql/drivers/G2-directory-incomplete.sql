-- title: Directories without what is mounted
-- description: Directories of a layer, a read-write layer or the build cache that lack the folder
--   of their files or their short name.
WITH suspects AS MATERIALIZED (
    SELECT s.layer_prefix, d.store_id, d.directory, d.has_files
    FROM stores AS s
    JOIN directories AS d ON d.store_id = s.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'graphdriver'
        AND s.driver IN ('overlay2', 'fuse-overlayfs')
        AND (d.has_files = 0 OR d.short_link IS NULL)
)
SELECT
    d.store_id,
    'directory' AS object_kind,
    d.directory AS object_id,
    d.layer_prefix || d.directory || CASE WHEN d.has_files = 0 THEN '/diff' ELSE '/link' END
        AS path,
    d.layer_prefix || d.directory || CASE WHEN d.has_files = 0 THEN '/diff' ELSE '/link' END
        || ' is missing; neither this directory nor what is on it can be mounted.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM suspects AS d
WHERE (d.store_id, d.directory) IN (SELECT store_id, directory FROM directory_claims)
ORDER BY d.store_id, d.directory
