-- title: Whose directory this is
-- description: The owner of a directory of a graph driver or snapshotter: the layer with its
--   images, or the container. Takes the name, its beginning, the short link, or any path inside it.
-- param: directory text Name, short link (l/…) or path; empty for all directories.
WITH asked AS (
    SELECT
        given.name,
        '/' || given.name || '/' AS path,
        EXISTS (
            SELECT 1
            FROM directories AS d
            WHERE d.directory = given.name
        ) AS whole
    FROM (
        SELECT COALESCE(CAST(:directory AS TEXT), '') AS name
    ) AS given
),
chosen AS (
    SELECT d.store_id, d.directory
    FROM directories AS d
    CROSS JOIN asked
    WHERE asked.path = '//'
        OR REPLACE(asked.path, '/' || d.directory || '/', '') <> asked.path
        OR REPLACE(asked.path, '/' || d.short_link || '/', '') <> asked.path
        OR (
            NOT asked.whole
            AND LENGTH(asked.name) >= 4
            AND SUBSTR(d.directory, 1, LENGTH(asked.name)) = asked.name
        )
)
SELECT
    s.host,
    c.directory,
    o.owner_kind,
    o.owner_id,
    CASE WHEN o.owner_kind = 'image-layer' THEN o.owner_id ELSE m.parent_chain_id END AS chain_id,
    COALESCE(il.image_id, k.image_id) AS image_id,
    n.tags,
    k.container_id,
    k.name AS container_name,
    s.base_path || '/' || s.layer_prefix || c.directory || s.layer_suffix AS path
FROM chosen AS c
JOIN active_stores AS s ON s.store_id = c.store_id
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
ORDER BY s.host, c.directory, image_id NULLS FIRST, n.tags NULLS FIRST, s.root_path
