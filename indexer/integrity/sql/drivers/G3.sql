-- title: Short names that do not lead back
-- description: Directories whose short name another one has too, or for which l/ has no link, or one
--   that leads elsewhere.
SELECT
    s.store_id,
    'directory' AS object_kind,
    d.directory AS object_id,
    s.driver || '/l/' || d.short_link AS path,
    s.driver || '/l/' || d.short_link
        || CASE
            WHEN t.link IS NULL THEN ' is missing'
            WHEN t.directory IS NULL THEN ' leads to no directory'
            ELSE ' leads to ' || t.directory
        END
        || ', not to ' || d.directory
        || ', which names it; what is on that directory cannot be mounted.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN directories AS d ON d.store_id = s.store_id
LEFT JOIN short_links AS t ON t.store_id = d.store_id AND t.link = d.short_link
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND s.driver IN ('overlay2', 'fuse-overlayfs')
    AND d.short_link IS NOT NULL
    AND (t.directory IS NULL OR t.directory <> d.directory)
    AND (d.store_id, d.directory) IN (SELECT store_id, directory FROM directory_claims)
ORDER BY s.store_id, d.directory
