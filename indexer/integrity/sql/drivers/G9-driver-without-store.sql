-- title: Drivers' folders without images
-- description: Folders of graph drivers that hold directories while image/<driver>, which says what
--   they hold, is missing: an error where it is what the engine would use.
WITH counted AS (
    SELECT
        s.store_id,
        s.driver,
        s.active,
        COUNT(d.directory) AS directories
    FROM stores AS s
    LEFT JOIN directories AS d ON d.store_id = s.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'graphdriver'
        AND s.has_images = 0
    GROUP BY s.store_id, s.driver, s.active
)
SELECT
    c.store_id,
    'store' AS object_kind,
    c.driver AS object_id,
    c.driver AS path,
    c.driver
        || CASE
            WHEN c.driver = 'graph'
                THEN ' is the image store of an engine before 1.10, which no later one reads'
            WHEN c.active = 1
                THEN ' is there without image/' || c.driver || ', which says what it holds: all '
                    || 'images, and the read-write layers of all containers, are out of reach'
            ELSE ' was left by an engine with the driver ' || c.driver || ', and image/'
                || c.driver || ', which says what it holds, is missing'
        END
        || '; no command of Docker frees its space (directories: '
        || CAST(c.directories AS TEXT)
        || '). Look for files of containers in it before it is removed by hand, with the engine '
        || 'stopped.' AS message,
    CASE c.active WHEN 1 THEN 'error' END AS severity,
    CAST(NULL AS TEXT) AS missing
FROM counted AS c
ORDER BY c.store_id
