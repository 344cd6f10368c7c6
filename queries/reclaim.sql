-- title: What removing images frees
-- description: The exact bytes that go if this set of images goes: layers that only the set has
--   count, with those of untagged parents that go along. Images that a container uses or that an
--   image outside the set was built from stay, as do layers that a container or builder holds.
-- param: images text Image IDs (12 digits or whole) or tags, separated by spaces or commas.
WITH RECURSIVE asked AS (
    SELECT ' ' || REPLACE(COALESCE(CAST(:images AS TEXT), ''), ',', ' ') || ' ' AS names
),
chosen AS (
    SELECT DISTINCT n.image_id
    FROM image_names AS n
    CROSS JOIN asked
    WHERE REPLACE(asked.names, ' ' || n.name || ' ', '') <> asked.names
        OR (
            n.kind = 'id'
            AND REPLACE(asked.names, ' ' || SUBSTR(n.name, 1, 12) || ' ', '') <> asked.names
        )
),
heads AS (
    SELECT si.store_id, si.image_id, si.parent_id
    FROM store_images AS si
    LEFT JOIN chosen ON chosen.image_id = si.image_id
    LEFT JOIN image_containers AS c
        ON c.store_id = si.store_id
        AND c.image_id = si.image_id
    WHERE c.containers IS NOT NULL
        OR (
            chosen.image_id IS NULL
            AND (
                EXISTS (
                    SELECT 1
                    FROM image_references AS n
                    WHERE n.store_id = si.store_id
                        AND n.image_id = si.image_id
                )
                OR NOT EXISTS (
                    SELECT 1
                    FROM store_images AS child
                    WHERE child.store_id = si.store_id
                        AND child.parent_id = si.image_id
                )
            )
        )
),
kept (store_id, image_id, parent_id) AS (
    SELECT store_id, image_id, parent_id
    FROM heads
    UNION
    SELECT si.store_id, si.image_id, si.parent_id
    FROM kept AS k
    JOIN store_images AS si ON si.store_id = k.store_id AND si.image_id = k.parent_id
),
gone AS (
    SELECT si.store_id, si.image_id, chosen.image_id AS chosen_id
    FROM store_images AS si
    JOIN active_stores AS s ON s.store_id = si.store_id
    LEFT JOIN chosen ON chosen.image_id = si.image_id
    LEFT JOIN kept AS k ON k.store_id = si.store_id AND k.image_id = si.image_id
    WHERE k.image_id IS NULL
),
kept_layers AS (
    SELECT k.store_id, il.chain_id
    FROM kept AS k
    JOIN image_layers AS il ON il.image_id = k.image_id
    UNION
    SELECT store_id, chain_id
    FROM held_layers
),
freed AS (
    SELECT DISTINCT g.store_id, il.chain_id
    FROM gone AS g
    JOIN image_layers AS il ON il.image_id = g.image_id
    LEFT JOIN kept_layers AS k ON k.store_id = g.store_id AND k.chain_id = il.chain_id
    WHERE k.chain_id IS NULL
),
freed_sizes AS (
    SELECT
        f.store_id,
        SUM(sl.size_bytes) AS freed_bytes
    FROM freed AS f
    JOIN store_layers AS sl ON sl.store_id = f.store_id AND sl.chain_id = f.chain_id
    GROUP BY f.store_id
),
set_sizes AS (
    SELECT
        layers.store_id,
        SUM(sl.size_bytes) AS size_bytes
    FROM (
        SELECT DISTINCT si.store_id, il.chain_id
        FROM chosen
        JOIN store_images AS si ON si.image_id = chosen.image_id
        JOIN image_layers AS il ON il.image_id = si.image_id
    ) AS layers
    JOIN store_layers AS sl ON sl.store_id = layers.store_id AND sl.chain_id = layers.chain_id
    GROUP BY layers.store_id
)
SELECT
    s.host,
    COUNT(*) AS images,
    CAST(COALESCE(MAX(z.size_bytes), 0) AS BIGINT) AS size_bytes,
    CAST(COALESCE(MAX(f.freed_bytes), 0) AS BIGINT) AS freed_bytes,
    s.root_path
FROM chosen
JOIN store_images AS si ON si.image_id = chosen.image_id
JOIN active_stores AS s ON s.store_id = si.store_id
LEFT JOIN set_sizes AS z ON z.store_id = s.store_id
LEFT JOIN freed_sizes AS f ON f.store_id = s.store_id
GROUP BY s.store_id, s.host, s.root_path
ORDER BY s.host, s.root_path
