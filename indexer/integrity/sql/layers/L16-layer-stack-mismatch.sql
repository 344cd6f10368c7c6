-- title: Layers that the driver has elsewhere
-- description: Layers whose directory the driver stacks on another one than that of the layer
--   below, or on none. A layer that BuildKit made stands on BuildKit's own copy of what is below.
WITH suspects AS MATERIALIZED (
    SELECT
        s.layer_prefix,
        k.store_id,
        k.chain_id,
        k.cache_id,
        d.lower_directory,
        p.cache_id AS expected
    FROM stores AS s
    JOIN store_layers AS k ON k.store_id = s.store_id
    JOIN directories AS d ON d.store_id = k.store_id AND d.directory = k.cache_id
    LEFT JOIN store_layers AS p ON p.store_id = k.store_id AND p.chain_id = k.recorded_parent
    WHERE s.root_id = :root_id
        AND s.kind = 'graphdriver'
        AND s.driver IN ('overlay2', 'fuse-overlayfs', 'aufs', 'windowsfilter')
        AND COALESCE(d.lower_directory, '') <> COALESCE(p.cache_id, '')
        AND (p.chain_id IS NOT NULL OR k.recorded_parent IS NULL)
        AND (d.lower_directory IS NOT NULL OR d.lower_link IS NULL)
)
SELECT
    k.store_id,
    'layer' AS object_kind,
    k.chain_id AS object_id,
    k.layer_prefix || k.cache_id AS path,
    k.layer_prefix || k.cache_id || ' is on '
        || COALESCE('the directory ' || k.lower_directory, 'no directory') || ', not on '
        || COALESCE(k.expected, 'none')
        || ' of the layer below; containers see other files than the image has.' AS message,
    CAST(NULL AS TEXT) AS severity,
    k.cache_id AS missing
FROM suspects AS k
WHERE NOT EXISTS (
    SELECT 1
    FROM build_snapshots AS b
    WHERE b.store_id = k.store_id
        AND b.directory = k.lower_directory
)
ORDER BY k.store_id, k.chain_id
