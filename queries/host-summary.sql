-- title: Hosts at a glance
-- description: One row for each host. Size is of the layers of its images; reclaimable is what
--   removing every image without a container frees.
WITH used_layers AS (
    SELECT c.store_id, il.chain_id
    FROM image_containers AS c
    JOIN image_layers AS il ON il.image_id = c.image_id
    UNION
    SELECT store_id, chain_id
    FROM held_layers
),
image_chain AS (
    SELECT DISTINCT si.store_id, il.chain_id
    FROM store_images AS si
    JOIN image_layers AS il ON il.image_id = si.image_id
),
layer_totals AS (
    SELECT
        s.host,
        COUNT(*) AS layers,
        SUM(CASE WHEN ic.chain_id IS NOT NULL THEN sl.size_bytes ELSE 0 END) AS size_bytes,
        SUM(
            CASE
                WHEN ic.chain_id IS NOT NULL AND u.chain_id IS NULL THEN sl.size_bytes
                ELSE 0
            END
        ) AS reclaimable_bytes
    FROM store_layers AS sl
    JOIN active_stores AS s ON s.store_id = sl.store_id
    LEFT JOIN image_chain AS ic ON ic.store_id = sl.store_id AND ic.chain_id = sl.chain_id
    LEFT JOIN used_layers AS u ON u.store_id = sl.store_id AND u.chain_id = sl.chain_id
    GROUP BY s.host
),
image_totals AS (
    SELECT s.host, COUNT(*) AS images
    FROM store_images AS si
    JOIN active_stores AS s ON s.store_id = si.store_id
    GROUP BY s.host
),
container_totals AS (
    SELECT r.host, COUNT(*) AS containers
    FROM containers AS c
    JOIN roots AS r ON r.root_id = c.root_id
    GROUP BY r.host
),
problem_totals AS (
    SELECT r.host, COUNT(*) AS problems
    FROM problems AS p
    JOIN roots AS r ON r.root_id = p.root_id
    GROUP BY r.host
),
last_syncs AS (
    SELECT host, MAX(last_synced_at) AS last_synced_at
    FROM roots
    GROUP BY host
)
SELECT
    h.host,
    COALESCE(i.images, 0) AS images,
    COALESCE(l.layers, 0) AS layers,
    COALESCE(c.containers, 0) AS containers,
    CAST(COALESCE(l.size_bytes, 0) AS BIGINT) AS size_bytes,
    CAST(COALESCE(l.reclaimable_bytes, 0) AS BIGINT) AS reclaimable_bytes,
    COALESCE(p.problems, 0) AS problems,
    y.last_synced_at
FROM hosts AS h
JOIN last_syncs AS y ON y.host = h.host
LEFT JOIN image_totals AS i ON i.host = h.host
LEFT JOIN layer_totals AS l ON l.host = h.host
LEFT JOIN container_totals AS c ON c.host = h.host
LEFT JOIN problem_totals AS p ON p.host = h.host
ORDER BY h.host
