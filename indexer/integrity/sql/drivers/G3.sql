-- title: Short names that do not lead back
-- description: Directories for whose short name l/ has no link, or one that leads elsewhere, as
--   with a name that two have.
WITH suspects AS MATERIALIZED (
    SELECT
        s.driver,
        d.store_id,
        d.directory,
        d.short_link,
        t.link,
        t.directory AS target
    FROM stores AS s
    JOIN directories AS d ON d.store_id = s.store_id
    LEFT JOIN short_links AS t ON t.store_id = d.store_id AND t.link = d.short_link
    WHERE s.root_id = :root_id
        AND s.kind = 'graphdriver'
        AND s.driver IN ('overlay2', 'fuse-overlayfs')
        AND d.short_link IS NOT NULL
        AND (t.directory IS NULL OR t.directory <> d.directory)
)
SELECT
    d.store_id,
    'directory' AS object_kind,
    d.directory AS object_id,
    d.driver || '/l/' || d.short_link AS path,
    d.driver || '/l/' || d.short_link
        || CASE
            WHEN d.link IS NULL THEN ' is missing'
            WHEN d.target IS NULL THEN ' leads to no directory'
            ELSE ' leads to ' || d.target
        END
        || ', not to ' || d.directory
        || ', which names it; what is on that directory cannot be mounted.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM suspects AS d
WHERE (d.store_id, d.directory) IN (SELECT store_id, directory FROM directory_claims)
ORDER BY d.store_id, d.directory
