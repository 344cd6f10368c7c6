-- title: Short links that nothing claims
-- description: Links in l/ that lead to no directory, or to one that has another short name.
SELECT
    s.store_id,
    'short link' AS object_kind,
    t.link AS object_id,
    s.driver || '/l/' || t.link AS path,
    s.driver || '/l/' || t.link
        || CASE
            WHEN d.directory IS NULL THEN ' leads to no directory; it was left behind.'
            ELSE ' leads to ' || d.directory || ', which has another short name.'
        END AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN short_links AS t ON t.store_id = s.store_id
LEFT JOIN directories AS d ON d.store_id = t.store_id AND d.directory = t.directory
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND s.driver IN ('overlay2', 'fuse-overlayfs')
    AND (d.directory IS NULL OR d.short_link IS NULL OR d.short_link <> t.link)
ORDER BY s.store_id, t.link
