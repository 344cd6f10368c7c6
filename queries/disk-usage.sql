-- title: Disk usage
-- description: What fills the disk. Images, containers, volumes and build cache are counted as
--   `docker system df` counts them: reclaimable of images is their size less what only images with
--   a container have; with containerd it is what only images without a container have, and both are
--   as engines count them from 29.6.0 on (reclaimable: from 29.4.0 on). The rest is
--   what it leaves out: logs, orphaned directories, crashed writes and downloads. A size is empty
--   where it takes `dockidx sync --du` to know it; every number is empty where what it depends on
--   could not be read. A container without a read-write layer counts 0, as with the engine.
WITH listed AS (
    SELECT
        l.store_id,
        SUM(l.listed) AS items,
        SUM(CASE WHEN c.containers IS NULL THEN 0 ELSE l.listed END) AS active
    FROM listed_images AS l
    LEFT JOIN image_containers AS c
        ON c.store_id = l.store_id
        AND c.engine_image_id = l.engine_image_id
    GROUP BY l.store_id
),
chains AS (
    SELECT
        l.store_id,
        il.chain_id,
        SUM(l.counts) AS images,
        MAX(CASE WHEN c.containers IS NULL THEN 0 ELSE l.counts END) AS active
    FROM listed_images AS l
    JOIN image_layers AS il ON il.image_id = l.image_id
    LEFT JOIN image_containers AS c
        ON c.store_id = l.store_id
        AND c.engine_image_id = l.engine_image_id
    WHERE l.kind = 'graphdriver'
    GROUP BY l.store_id, il.chain_id
),
containerd_indexes AS (
    SELECT si.store_id, si.engine_image_id AS blob_digest
    FROM store_images AS si
    UNION
    SELECT si.store_id, i.manifest_digest
    FROM store_images AS si
    JOIN index_manifests AS i ON i.index_digest = si.engine_image_id
),
containerd_totals AS (
    SELECT
        store_id,
        SUM(size_bytes) AS size_bytes
    FROM (
        SELECT store_id, part_kind, part, size_bytes
        FROM containerd_parts
        UNION
        SELECT b.store_id, 'blob', b.blob_digest, COALESCE(b.size_bytes, 0)
        FROM containerd_indexes AS i
        JOIN store_blobs AS b
            ON b.store_id = i.store_id
            AND b.blob_digest = i.blob_digest
            AND b.present = 1
    ) AS parts
    GROUP BY store_id
),
containerd_unused AS (
    SELECT
        l.store_id,
        SUM(z.size_bytes - z.listed_shared_bytes) AS reclaimable_bytes
    FROM listed_images AS l
    JOIN containerd_image_sizes AS z
        ON z.store_id = l.store_id
        AND z.engine_image_id = l.engine_image_id
    LEFT JOIN image_containers AS c
        ON c.store_id = l.store_id
        AND c.engine_image_id = l.engine_image_id
    WHERE l.kind = 'containerd'
        AND l.listed = 1
        AND c.containers IS NULL
    GROUP BY l.store_id
),
image_totals AS (
    SELECT
        c.store_id,
        SUM(sl.size_bytes) AS size_bytes,
        SUM(CASE WHEN c.images = 1 AND c.active = 1 THEN 0 ELSE sl.size_bytes END)
            AS reclaimable_bytes
    FROM chains AS c
    JOIN store_layers AS sl ON sl.store_id = c.store_id AND sl.chain_id = c.chain_id
    GROUP BY c.store_id
    UNION ALL
    SELECT
        t.store_id,
        t.size_bytes,
        COALESCE(u.reclaimable_bytes, 0) AS reclaimable_bytes
    FROM containerd_totals AS t
    LEFT JOIN containerd_unused AS u ON u.store_id = t.store_id
),
running AS (
    SELECT
        c.root_id,
        CASE
            WHEN c.rw_bytes IS NULL AND m.mount_id IS NULL AND s.mounts_known = 1 THEN 0
            ELSE c.rw_bytes
        END AS rw_bytes,
        c.log_bytes,
        CASE WHEN c.state IN ('running', 'paused', 'restarting') THEN 1 ELSE 0 END AS active,
        CASE WHEN k.container_id IS NULL THEN 0 ELSE 1 END AS listed
    FROM containers AS c
    LEFT JOIN listed_containers AS k
        ON k.root_id = c.root_id
        AND k.container_id = c.container_id
    LEFT JOIN stores AS s ON s.store_id = c.store_id
    LEFT JOIN mounts AS m ON m.store_id = c.store_id AND m.name = c.container_id
),
plain_volumes AS (
    SELECT
        v.root_id,
        v.size_bytes,
        CASE
            WHEN EXISTS (
                SELECT 1
                FROM container_mounts AS m
                JOIN listed_containers AS k
                    ON k.root_id = m.root_id
                    AND k.container_id = m.container_id
                WHERE m.root_id = v.root_id
                    AND m.name = v.name
                    AND m.type = 'volume'
            )
                THEN 1
            ELSE 0
        END AS active
    FROM volumes AS v
    WHERE v.driver = 'local'
        AND NOT EXISTS (
            SELECT 1
            FROM volume_options AS o
            WHERE o.root_id = v.root_id
                AND o.name = v.name
        )
),
known_layers AS (
    SELECT
        root_id,
        MIN(layers_known) AS is_known
    FROM stores
    GROUP BY root_id
),
known_owners AS (
    SELECT
        root_id,
        MIN(
            CASE
                WHEN driver IN ('zfs', 'btrfs') THEN layers_known * mounts_known
                ELSE layers_known * mounts_known * directories_known
            END
            * CASE active WHEN 1 THEN build_cache_known ELSE 1 END
        ) AS is_known
    FROM stores
    GROUP BY root_id
),
usage AS (
    SELECT
        r.root_id,
        1 AS place,
        'images' AS category,
        CASE WHEN s.images_known * s.names_known = 1 THEN COALESCE(l.items, 0) END AS items,
        CASE
            WHEN s.images_known * s.names_known * r.containers_known = 1 THEN COALESCE(l.active, 0)
        END AS active,
        CASE
            WHEN s.images_known * s.names_known * s.layers_known = 1 THEN COALESCE(z.size_bytes, 0)
        END AS size_bytes,
        CASE
            WHEN s.images_known * s.names_known * s.layers_known * r.containers_known = 1
                THEN COALESCE(z.reclaimable_bytes, 0)
        END AS reclaimable_bytes
    FROM roots AS r
    LEFT JOIN active_stores AS s ON s.root_id = r.root_id
    LEFT JOIN listed AS l ON l.store_id = s.store_id
    LEFT JOIN image_totals AS z ON z.store_id = s.store_id
    UNION ALL
    SELECT
        r.root_id,
        2,
        'containers',
        CASE WHEN r.containers_known = 1 THEN COUNT(c.root_id) END,
        CASE WHEN r.containers_known = 1 THEN COALESCE(SUM(c.active), 0) END,
        CASE
            WHEN r.containers_known = 1 AND COUNT(c.root_id) = COUNT(c.rw_bytes)
                THEN COALESCE(SUM(c.rw_bytes), 0)
        END,
        CASE
            WHEN r.containers_known = 1 AND COUNT(c.root_id) = COUNT(c.rw_bytes)
                THEN COALESCE(SUM((1 - c.active) * c.rw_bytes), 0)
        END
    FROM roots AS r
    LEFT JOIN running AS c ON c.root_id = r.root_id AND c.listed = 1
    GROUP BY r.root_id, r.containers_known
    UNION ALL
    SELECT
        r.root_id,
        3,
        'volumes',
        CASE WHEN r.volumes_known = 1 THEN COUNT(v.root_id) END,
        CASE
            WHEN r.volumes_known * r.containers_known = 1 THEN COALESCE(SUM(v.active), 0)
        END,
        CASE
            WHEN r.volumes_known = 1 AND COUNT(v.root_id) = COUNT(v.size_bytes)
                THEN COALESCE(SUM(v.size_bytes), 0)
        END,
        CASE
            WHEN r.volumes_known * r.containers_known = 1
                AND COUNT(v.root_id) = COUNT(v.size_bytes)
                THEN COALESCE(SUM((1 - v.active) * v.size_bytes), 0)
        END
    FROM roots AS r
    LEFT JOIN plain_volumes AS v ON v.root_id = r.root_id
    GROUP BY r.root_id, r.volumes_known, r.containers_known
    UNION ALL
    SELECT
        r.root_id,
        4,
        'build-cache',
        CASE WHEN s.build_cache_known = 1 THEN COUNT(b.cache_id) END,
        CASE WHEN s.build_cache_known = 1 THEN COALESCE(SUM(b.in_use), 0) END,
        CASE
            WHEN s.build_cache_known = 1
                AND COUNT(b.cache_id) = COUNT(CASE b.shared WHEN 1 THEN 0 ELSE b.size_bytes END)
                THEN COALESCE(
                    SUM(
                        CASE WHEN s.kind = 'containerd' THEN 1 ELSE 1 - b.shared END * b.size_bytes
                    ),
                    0
                )
        END,
        CASE
            WHEN s.build_cache_known * s.images_known = 1
                AND COUNT(b.cache_id) = COUNT(CASE b.shared WHEN 1 THEN 0 ELSE b.size_bytes END)
                THEN COALESCE(SUM((1 - b.shared) * (1 - b.in_use) * b.size_bytes), 0)
        END
    FROM roots AS r
    LEFT JOIN active_stores AS s ON s.root_id = r.root_id
    LEFT JOIN build_cache AS b ON b.store_id = s.store_id
    GROUP BY r.root_id, s.kind, s.build_cache_known, s.images_known
    UNION ALL
    SELECT
        r.root_id,
        5,
        'logs',
        CASE WHEN r.containers_known = 1 THEN COUNT(c.root_id) END,
        CASE WHEN r.containers_known = 1 THEN COALESCE(SUM(c.active), 0) END,
        CASE WHEN r.containers_known = 1 THEN COALESCE(SUM(c.log_bytes), 0) END,
        CASE
            WHEN r.containers_known = 1 THEN COALESCE(SUM((1 - c.active) * c.log_bytes), 0)
        END
    FROM roots AS r
    LEFT JOIN running AS c ON c.root_id = r.root_id AND c.log_bytes > 0
    GROUP BY r.root_id, r.containers_known
    UNION ALL
    SELECT
        r.root_id,
        6,
        'orphans',
        CASE WHEN k.is_known = 1 THEN COUNT(o.directory) END,
        CASE WHEN k.is_known = 1 THEN 0 END,
        CASE
            WHEN k.is_known = 1 AND COUNT(o.directory) = COUNT(d.disk_bytes)
                THEN COALESCE(SUM(d.disk_bytes), 0)
        END,
        CASE
            WHEN k.is_known = 1 AND COUNT(o.directory) = COUNT(d.disk_bytes)
                THEN COALESCE(SUM(d.disk_bytes), 0)
        END
    FROM roots AS r
    LEFT JOIN known_owners AS k ON k.root_id = r.root_id
    LEFT JOIN stores AS s ON s.root_id = r.root_id
    LEFT JOIN directory_owners AS o ON o.store_id = s.store_id AND o.owner_kind = 'orphan'
    LEFT JOIN directories AS d ON d.store_id = o.store_id AND d.directory = o.directory
    GROUP BY r.root_id, k.is_known
    UNION ALL
    SELECT
        r.root_id,
        7,
        'crashed-writes',
        CASE WHEN k.is_known = 1 THEN COUNT(l.name) END,
        CASE WHEN k.is_known = 1 THEN 0 END,
        CASE
            WHEN k.is_known = 1 AND COUNT(l.name) = COUNT(l.size_bytes)
                THEN COALESCE(SUM(l.size_bytes), 0)
        END,
        CASE
            WHEN k.is_known = 1 AND COUNT(l.name) = COUNT(l.size_bytes)
                THEN COALESCE(SUM(l.size_bytes), 0)
        END
    FROM roots AS r
    LEFT JOIN known_layers AS k ON k.root_id = r.root_id
    LEFT JOIN stores AS s ON s.root_id = r.root_id
    LEFT JOIN leftovers AS l
        ON l.store_id = s.store_id
        AND l.kind IN ('in-progress', 'ingest', 'unknown-blob')
        AND (r.engine_state <> 'running' OR l.modified_at < r.busy_since)
    GROUP BY r.root_id, k.is_known
)
SELECT
    r.host,
    u.category,
    u.items,
    u.active,
    CAST(u.size_bytes AS BIGINT) AS size_bytes,
    CAST(u.reclaimable_bytes AS BIGINT) AS reclaimable_bytes,
    r.path AS root_path
FROM usage AS u
JOIN roots AS r ON r.root_id = u.root_id
ORDER BY r.host, r.path, u.place
