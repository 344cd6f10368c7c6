-- title: Owner of a directory
-- description: The owner of a directory of a graph driver or snapshotter: a layer with its images,
--   or a container. Give the name of the directory, the beginning of the name, the short link, or
--   any path inside the directory.
-- param: directory directory Name, beginning of a name, short link (l/…), or path; in a path, the
--   first name after the folder of the driver or snapshotter counts; empty for all directories.
WITH RECURSIVE asked AS (
    SELECT
        given.name,
        '/' || RTRIM(given.name, '/') || '/' AS path,
        EXISTS (
            SELECT 1
            FROM directories AS d
            WHERE d.directory = given.name
        ) AS whole
    FROM (
        SELECT COALESCE(CAST(:directory AS TEXT), '') AS name
    ) AS given
),
places AS (
    SELECT store_id, '/' || layer_prefix AS place
    FROM stores
    UNION ALL
    SELECT s.store_id, '/' || beside.folder AS place
    FROM stores AS s
    JOIN (
        SELECT 'aufs' AS driver, 'aufs/layers/' AS folder
        UNION ALL
        SELECT 'aufs', 'aufs/mnt/'
        UNION ALL
        SELECT 'devicemapper', 'devicemapper/metadata/'
    ) AS beside ON beside.driver = s.driver
),
tails (tail) AS (
    SELECT path
    FROM asked
    UNION ALL
    SELECT SUBSTR(tail, 2)
    FROM tails
    WHERE tail <> ''
),
-- A path can pass several folders of drivers: use the first one whose next name is a known
-- directory.
inside AS (
    SELECT
        p.store_id,
        SUBSTR(t.tail, LENGTH(p.place) + 1) AS names,
        LENGTH(t.tail) AS length
    FROM tails AS t
    JOIN places AS p ON SUBSTR(t.tail, 1, LENGTH(p.place)) = p.place
),
split AS (
    SELECT
        store_id,
        names,
        length,
        LENGTH(names) - LENGTH(LTRIM(names, REPLACE(names, '/', ''))) AS first_length
    FROM inside
),
matched AS (
    SELECT d.store_id, d.directory, i.length
    FROM split AS i
    JOIN directories AS d
        ON d.store_id = i.store_id
        AND d.directory = SUBSTR(i.names, 1, i.first_length)
    UNION ALL
    SELECT d.store_id, d.directory, i.length
    FROM split AS i
    JOIN directories AS d ON d.store_id = i.store_id
    WHERE SUBSTR(i.names, 1, 2) = 'l/'
        AND SUBSTR(i.names, 3, LENGTH(d.short_link) + 1) = d.short_link || '/'
),
placed AS (
    SELECT
        store_id,
        directory,
        RANK() OVER (ORDER BY length DESC) AS depth
    FROM matched
),
chosen AS (
    SELECT d.store_id, d.directory
    FROM directories AS d
    CROSS JOIN asked
    WHERE asked.path IN (
            '//',
            '/' || d.directory || '/',
            '/' || d.short_link || '/',
            '/l/' || d.short_link || '/'
        )
        OR (
            NOT asked.whole
            AND LENGTH(asked.name) >= 4
            AND SUBSTR(d.directory, 1, LENGTH(asked.name)) = asked.name
        )
    UNION
    SELECT store_id, directory
    FROM placed
    WHERE depth = 1
)
SELECT
    r.host,
    c.directory,
    o.owner_kind,
    o.owner_id,
    CASE WHEN o.owner_kind = 'image-layer' THEN o.owner_id ELSE m.parent_chain_id END AS chain_id,
    COALESCE(il.image_id, k.image_id) AS image_id,
    n.tags,
    k.container_id,
    k.name AS container_name,
    s.base_path || '/' || s.layer_prefix || c.directory || s.layer_suffix AS path,
    s.driver
FROM chosen AS c
JOIN stores AS s ON s.store_id = c.store_id
JOIN roots AS r ON r.root_id = s.root_id
JOIN directory_owners AS o ON o.store_id = c.store_id AND o.directory = c.directory
LEFT JOIN mounts AS m
    ON m.store_id = c.store_id
    AND m.name = o.owner_id
    AND o.owner_kind IN ('container-rw', 'container-init', 'other-mount')
LEFT JOIN containers AS k
    ON k.store_id = c.store_id
    AND k.container_id = o.owner_id
    AND o.owner_kind IN ('container-rw', 'container-init')
LEFT JOIN (
    SELECT h.store_id, h.engine_image_id, h.image_id, il.chain_id
    FROM held_images AS h
    JOIN image_layers AS il ON il.image_id = h.image_id
) AS il
    ON il.store_id = c.store_id
    AND il.chain_id = o.owner_id
    AND o.owner_kind = 'image-layer'
LEFT JOIN image_references AS n
    ON n.store_id = c.store_id
    AND n.engine_image_id = COALESCE(il.engine_image_id, k.engine_image_id)
ORDER BY r.host, c.directory, s.active DESC, s.driver, image_id NULLS FIRST, n.tags NULLS FIRST,
    r.path
