-- title: Overview of hosts
-- description: One row for each host. Size is the size of all images; with containerd it includes
--   packed and unpacked layers. Reclaimable is what removing all images without a container would
--   free. A number is empty if something that it depends on could not be read.
WITH parts AS (
    SELECT
        p.store_id,
        p.part_kind,
        p.part,
        MAX(p.size_bytes) AS size_bytes,
        MAX(CASE WHEN c.containers IS NULL THEN 0 ELSE 1 END) AS used
    FROM image_parts AS p
    JOIN active_stores AS s ON s.store_id = p.store_id
    LEFT JOIN image_containers AS c
        ON c.store_id = p.store_id
        AND c.engine_image_id = p.engine_image_id
    GROUP BY p.store_id, p.part_kind, p.part
),
held AS (
    SELECT store_id, part_kind, part
    FROM gc_roots
    GROUP BY store_id, part_kind, part
),
size_totals AS (
    SELECT
        s.host,
        SUM(p.size_bytes) AS size_bytes,
        SUM(
            CASE WHEN p.used = 0 AND h.part IS NULL THEN p.size_bytes ELSE 0 END
        ) AS reclaimable_bytes
    FROM parts AS p
    JOIN active_stores AS s ON s.store_id = p.store_id
    LEFT JOIN held AS h
        ON h.store_id = p.store_id
        AND h.part_kind = p.part_kind
        AND h.part = p.part
    GROUP BY s.host
),
layer_totals AS (
    SELECT s.host, COUNT(*) AS layers
    FROM store_layers AS sl
    JOIN active_stores AS s ON s.store_id = sl.store_id
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
    FROM listed_containers AS c
    JOIN roots AS r ON r.root_id = c.root_id
    GROUP BY r.host
),
problem_totals AS (
    SELECT r.host, COUNT(*) AS problems
    FROM problems AS p
    JOIN roots AS r ON r.root_id = p.root_id
    GROUP BY r.host
),
unknown AS (
    SELECT
        r.host,
        MIN(COALESCE(s.images_known, 0)) AS images_known,
        MIN(COALESCE(s.layers_known, 0)) AS layers_known,
        MIN(r.containers_known) AS containers_known,
        MIN(
            COALESCE(s.names_known * s.mounts_known * s.build_cache_known, 0)
        ) AS holders_known
    FROM roots AS r
    LEFT JOIN active_stores AS s ON s.root_id = r.root_id
    GROUP BY r.host
),
last_syncs AS (
    SELECT host, MAX(last_synced_at) AS last_synced_at
    FROM roots
    GROUP BY host
)
SELECT
    h.host,
    CASE WHEN u.images_known = 1 THEN COALESCE(i.images, 0) END AS images,
    CASE WHEN u.layers_known = 1 THEN COALESCE(l.layers, 0) END AS layers,
    CASE WHEN u.containers_known = 1 THEN COALESCE(c.containers, 0) END AS containers,
    CASE
        WHEN u.images_known * u.layers_known = 1
            THEN CAST(COALESCE(z.size_bytes, 0) AS BIGINT)
    END AS size_bytes,
    CASE
        WHEN u.images_known * u.layers_known * u.containers_known * u.holders_known = 1
            THEN CAST(COALESCE(z.reclaimable_bytes, 0) AS BIGINT)
    END AS reclaimable_bytes,
    COALESCE(p.problems, 0) AS problems,
    y.last_synced_at
FROM hosts AS h
JOIN last_syncs AS y ON y.host = h.host
JOIN unknown AS u ON u.host = h.host
LEFT JOIN image_totals AS i ON i.host = h.host
LEFT JOIN layer_totals AS l ON l.host = h.host
LEFT JOIN size_totals AS z ON z.host = h.host
LEFT JOIN container_totals AS c ON c.host = h.host
LEFT JOIN problem_totals AS p ON p.host = h.host
ORDER BY h.host
