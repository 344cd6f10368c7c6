-- title: Directories with an odd stack
-- description: Directories whose file lower does not go on, after the first short link, as that of
--   the directory right below.
WITH suspects AS MATERIALIZED (
    SELECT s.layer_prefix, d.store_id, d.directory, d.lower_directory
    FROM stores AS s
    JOIN directories AS d ON d.store_id = s.store_id
    JOIN directories AS p ON p.store_id = d.store_id AND p.directory = d.lower_directory
    WHERE s.root_id = :root_id
        AND s.kind = 'graphdriver'
        AND s.driver IN ('overlay2', 'fuse-overlayfs')
        AND d.lower_link IS NOT NULL
        AND (
            COALESCE(d.below_key, '') <> COALESCE(p.stack_key, '')
            OR d.lower_link <> p.short_link
        )
)
SELECT
    d.store_id,
    'directory' AS object_kind,
    d.directory AS object_id,
    d.layer_prefix || d.directory || '/lower' AS path,
    d.layer_prefix || d.directory || '/lower is not the short name and the lower of '
        || d.lower_directory || ', the directory right below; other files than those are seen.'
        AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM suspects AS d
WHERE (d.store_id, d.directory) IN (SELECT store_id, directory FROM directory_claims)
ORDER BY d.store_id, d.directory
