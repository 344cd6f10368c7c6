-- title: Short names that do not lead back
-- description: Directories for whose short name l/ has no link, or one that leads elsewhere, as
--   with a name that two have. Where l/ lacks all links or very many, that is one finding, as of a
--   copy without links.
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
),
faults AS (
    SELECT *
    FROM suspects
    WHERE (store_id, directory) IN (SELECT store_id, directory FROM directory_claims)
),
bare AS (
    SELECT
        f.store_id,
        f.driver,
        COUNT(*) AS lost,
        MIN(f.short_link) AS example
    FROM faults AS f
    WHERE f.link IS NULL
    GROUP BY f.store_id, f.driver
    HAVING COUNT(*) > 20
        OR (
            COUNT(*) > 1
            AND NOT EXISTS (SELECT 1 FROM short_links AS t WHERE t.store_id = f.store_id)
        )
)
SELECT
    b.store_id,
    'short link' AS object_kind,
    CAST(NULL AS TEXT) AS object_id,
    b.driver || '/l' AS path,
    b.driver || '/l lacks ' || b.lost || ' links that directories name, such as ' || b.example
        || '; what is on these directories cannot be mounted. Where this is a copy, make it again '
        || 'with its links.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM bare AS b
UNION ALL
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
FROM faults AS d
WHERE d.link IS NOT NULL
    OR d.store_id NOT IN (SELECT store_id FROM bare)
ORDER BY 1, 3
