-- title: Directories on one that is not there
-- description: Directories whose file lower names a short link that leads to no directory.
WITH suspects AS MATERIALIZED (
    SELECT s.layer_prefix, d.store_id, d.directory, d.lower_link
    FROM stores AS s
    JOIN directories AS d ON d.store_id = s.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'graphdriver'
        AND s.driver IN ('overlay2', 'fuse-overlayfs')
        AND d.lower_link IS NOT NULL
        AND d.lower_directory IS NULL
)
SELECT
    d.store_id,
    'directory' AS object_kind,
    d.directory AS object_id,
    d.layer_prefix || d.directory || '/lower' AS path,
    d.layer_prefix || d.directory || '/lower names l/' || d.lower_link
        || ', which leads to no directory; this directory cannot be mounted.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM suspects AS d
WHERE (d.store_id, d.directory) IN (SELECT store_id, directory FROM directory_claims)
ORDER BY d.store_id, d.directory
