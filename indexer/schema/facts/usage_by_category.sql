-- title: What fills the disk of a root, by category
-- description: Images, containers, volumes and build cache are counted as `docker system df` counts
--   them; what was measured on the disk is added to the category that it was found to be of. A
--   number is NULL where what it depends on could not be read.
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
lost AS (
    SELECT s.root_id, o.directory AS name, d.disk_bytes AS size_bytes
    FROM stores AS s
    JOIN directory_owners AS o ON o.store_id = s.store_id AND o.owner_kind = 'orphan'
    JOIN directories AS d ON d.store_id = o.store_id AND d.directory = o.directory
    WHERE s.root_id = :root_id
    UNION ALL
    SELECT s.root_id, l.name, l.size_bytes
    FROM stores AS s
    JOIN roots AS r ON r.root_id = s.root_id
    JOIN leftovers AS l ON l.store_id = s.store_id
    WHERE s.root_id = :root_id
        AND l.kind = 'unknown-blob'
        AND (r.engine_state <> 'running' OR l.modified_at < r.busy_since)
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
remedies AS (
    SELECT
        'images' AS category,
        '`docker rmi` or `docker image prune -a`' AS freed_by
    UNION ALL
    SELECT
        'containers',
        '`docker container prune`'
    UNION ALL
    SELECT
        'volumes',
        '`docker volume prune -a`; with options `docker volume rm`, of a builder `docker buildx rm`'
    UNION ALL
    SELECT
        'build-cache',
        '`docker builder prune -a`'
    UNION ALL
    SELECT
        'logs',
        'truncating the log, or `docker rm`; `max-size` limits those of new containers'
    UNION ALL
    SELECT
        'leaked-layers',
        'No command does; remove by hand while the engine is stopped.'
    UNION ALL
    SELECT
        'orphans',
        'No command does; remove by hand while the engine is stopped.'
    UNION ALL
    SELECT
        'removals',
        'A graceful stop of the engine; with aufs and windowsfilter its start; with containerd the next removal.'
    UNION ALL
    SELECT
        'crashed-writes',
        'No command does; remove by hand while the engine is stopped.'
    UNION ALL
    SELECT
        'cut-short-pulls',
        '`docker image prune`, or the end of the lease and the next collection'
    UNION ALL
    SELECT
        'hidden-stores',
        'Start the engine once with that store and remove the images; or else remove by hand.'
    UNION ALL
    SELECT
        'other-namespaces',
        'The client whose they are; of the history of builds `docker buildx history rm`'
    UNION ALL
    SELECT
        'plugins',
        '`docker plugin rm`; leftovers by hand'
    UNION ALL
    SELECT
        'temporaries',
        'A start of the engine; tmp-old/, builder/ and buildkit/executor/ by hand'
    UNION ALL
    SELECT
        'engine-metadata',
        'No command does; it goes with its objects, but the databases do not shrink.'
    UNION ALL
    SELECT
        'other',
        'No command does; remove by hand.'
),
beside AS (
    SELECT 13 AS place, 'plugins' AS category
    UNION ALL
    SELECT 14, 'temporaries'
    UNION ALL
    SELECT 15, 'engine-metadata'
    UNION ALL
    SELECT 16, 'other'
),
lying_anywhere AS (
    SELECT 'build-cache' AS category
    UNION ALL
    SELECT 'leaked-layers'
    UNION ALL
    SELECT 'orphans'
    UNION ALL
    SELECT 'removals'
    UNION ALL
    SELECT 'crashed-writes'
    UNION ALL
    SELECT 'cut-short-pulls'
    UNION ALL
    SELECT 'hidden-stores'
    UNION ALL
    SELECT 'other-namespaces'
),
known AS (
    SELECT
        r.root_id,
        r.containers_known,
        r.volumes_known,
        COALESCE(MIN(s.images_known), 1) AS images_known,
        COALESCE(MIN(s.layers_known), 1) AS layers_known,
        COALESCE(MIN(s.mounts_known), 1) AS mounts_known,
        COALESCE(MIN(s.directories_known), 1) AS directories_known,
        COALESCE(MIN(CASE s.active WHEN 1 THEN s.build_cache_known ELSE 1 END), 1) AS cache_known
    FROM roots AS r
    LEFT JOIN stores AS s ON s.root_id = r.root_id
    WHERE r.root_id = :root_id
    GROUP BY r.root_id, r.containers_known, r.volumes_known
),
leaked AS (
    SELECT sl.chain_id AS name, sl.size_bytes
    FROM active_stores AS s
    JOIN store_layers AS sl ON sl.store_id = s.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'graphdriver'
        AND NOT EXISTS (
            SELECT 1
            FROM image_layers AS il
            JOIN store_images AS si ON si.image_id = il.image_id
            WHERE il.chain_id = sl.chain_id
                AND si.store_id = sl.store_id
        )
        AND (sl.store_id, sl.chain_id) NOT IN (SELECT store_id, chain_id FROM held_layers)
        AND (sl.store_id, sl.chain_id) NOT IN (
            SELECT store_id, parent
            FROM build_snapshots
            WHERE parent IS NOT NULL
        )
    UNION ALL
    SELECT m.name, d.size_bytes
    FROM active_stores AS s
    JOIN mounts AS m ON m.store_id = s.store_id
    LEFT JOIN directories AS d ON d.store_id = m.store_id AND d.directory = m.mount_id
    LEFT JOIN containers AS c ON c.store_id = m.store_id AND c.container_id = m.name
    WHERE s.root_id = :root_id
        AND s.kind = 'graphdriver'
        AND m.mount_id IS NOT NULL
        AND c.container_id IS NULL
),
removed AS (
    SELECT l.name, l.size_bytes
    FROM stores AS s
    JOIN leftovers AS l ON l.store_id = s.store_id
    WHERE s.root_id = :root_id
        AND l.kind IN ('removing', 'unknown-snapshot')
),
cut_short AS (
    SELECT b.blob_digest AS name, b.size_bytes
    FROM active_stores AS s
    JOIN store_blobs AS b ON b.store_id = s.store_id AND b.present = 1
    WHERE s.root_id = :root_id
        AND s.kind = 'containerd'
        AND (b.store_id, 'blob', b.blob_digest) NOT IN (
            SELECT store_id, part_kind, part
            FROM lasting_parts
        )
    UNION ALL
    SELECT sn.snapshot_key, COALESCE(sn.size_bytes, d.disk_bytes)
    FROM active_stores AS s
    JOIN snapshots AS sn ON sn.store_id = s.store_id
    LEFT JOIN directories AS d ON d.store_id = sn.store_id AND d.directory = sn.snapshot_id
    WHERE s.root_id = :root_id
        AND s.kind = 'containerd'
        AND (sn.store_id, 'snapshot', sn.snapshot_key) NOT IN (
            SELECT store_id, part_kind, part
            FROM lasting_parts
        )
    UNION ALL
    SELECT l.name, l.size_bytes
    FROM stores AS s
    JOIN roots AS r ON r.root_id = s.root_id
    JOIN leftovers AS l ON l.store_id = s.store_id
    WHERE s.root_id = :root_id
        AND l.kind = 'ingest'
        AND (r.engine_state <> 'running' OR l.modified_at < r.busy_since)
),
hidden_parts AS (
    SELECT s.store_id, sl.size_bytes
    FROM stores AS s
    JOIN store_layers AS sl ON sl.store_id = s.store_id
    WHERE s.root_id = :root_id
        AND s.active = 0
        AND s.kind = 'graphdriver'
    UNION ALL
    SELECT s.store_id, sn.size_bytes
    FROM stores AS s
    JOIN snapshots AS sn ON sn.store_id = s.store_id
    WHERE s.root_id = :root_id
        AND s.active = 0
    UNION ALL
    SELECT s.store_id, b.size_bytes
    FROM stores AS s
    JOIN store_blobs AS b ON b.store_id = s.store_id AND b.present = 1
    WHERE s.root_id = :root_id
        AND s.active = 0
    UNION ALL
    -- Whose directories are on the disk and whose records are gone.
    SELECT s.store_id, s.disk_bytes
    FROM stores AS s
    WHERE s.root_id = :root_id
        AND s.has_images = 0
),
elsewhere AS (
    SELECT np.snapshotter, np.part, MAX(np.size_bytes) AS size_bytes
    FROM namespace_parts AS np
    WHERE np.root_id = :root_id
        AND np.part NOT IN (
            SELECT b.blob_digest
            FROM stores AS s
            JOIN store_blobs AS b ON b.store_id = s.store_id
            WHERE s.root_id = :root_id
        )
    GROUP BY np.snapshotter, np.part
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
    WHERE r.root_id = :root_id
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
    WHERE r.root_id = :root_id
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
    WHERE r.root_id = :root_id
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
    WHERE r.root_id = :root_id
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
    WHERE r.root_id = :root_id
    GROUP BY r.root_id, r.containers_known
    UNION ALL
    SELECT
        r.root_id,
        7,
        'orphans',
        CASE WHEN k.is_known = 1 THEN COUNT(o.name) END,
        CASE WHEN k.is_known = 1 THEN 0 END,
        CASE
            WHEN k.is_known = 1 AND COUNT(o.name) = COUNT(o.size_bytes)
                THEN COALESCE(SUM(o.size_bytes), 0)
        END,
        CASE
            WHEN k.is_known = 1 AND COUNT(o.name) = COUNT(o.size_bytes)
                THEN COALESCE(SUM(o.size_bytes), 0)
        END
    FROM roots AS r
    LEFT JOIN known_owners AS k ON k.root_id = r.root_id
    LEFT JOIN lost AS o ON o.root_id = r.root_id
    WHERE r.root_id = :root_id
    GROUP BY r.root_id, k.is_known
    UNION ALL
    SELECT
        r.root_id,
        9,
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
        AND l.kind = 'in-progress'
        AND (r.engine_state <> 'running' OR l.modified_at < r.busy_since)
    WHERE r.root_id = :root_id
    GROUP BY r.root_id, k.is_known
    UNION ALL
    SELECT
        k.root_id,
        6,
        'leaked-layers',
        CASE WHEN k.images_known * k.layers_known * k.mounts_known * k.cache_known * k.containers_known = 1 THEN COUNT(x.name) END,
        CASE WHEN k.images_known * k.layers_known * k.mounts_known * k.cache_known * k.containers_known = 1 THEN 0 END,
        CASE WHEN k.images_known * k.layers_known * k.mounts_known * k.cache_known * k.containers_known = 1 AND COUNT(x.name) = COUNT(x.size_bytes) THEN COALESCE(SUM(x.size_bytes), 0) END,
        CASE WHEN k.images_known * k.layers_known * k.mounts_known * k.cache_known * k.containers_known = 1 AND COUNT(x.name) = COUNT(x.size_bytes) THEN COALESCE(SUM(x.size_bytes), 0) END
    FROM known AS k
    LEFT JOIN leaked AS x ON 1 = 1
    GROUP BY k.root_id, k.images_known, k.layers_known, k.mounts_known, k.cache_known, k.containers_known
    UNION ALL
    SELECT
        k.root_id,
        8,
        'removals',
        CASE WHEN k.layers_known = 1 THEN COUNT(x.name) END,
        CASE WHEN k.layers_known = 1 THEN 0 END,
        CASE WHEN k.layers_known = 1 AND COUNT(x.name) = COUNT(x.size_bytes) THEN COALESCE(SUM(x.size_bytes), 0) END,
        CASE WHEN k.layers_known = 1 AND COUNT(x.name) = COUNT(x.size_bytes) THEN COALESCE(SUM(x.size_bytes), 0) END
    FROM known AS k
    LEFT JOIN removed AS x ON 1 = 1
    GROUP BY k.root_id, k.layers_known
    UNION ALL
    SELECT
        k.root_id,
        10,
        'cut-short-pulls',
        CASE WHEN k.images_known = 1 THEN COUNT(x.name) END,
        CASE WHEN k.images_known = 1 THEN 0 END,
        CASE WHEN k.images_known = 1 AND COUNT(x.name) = COUNT(x.size_bytes) THEN COALESCE(SUM(x.size_bytes), 0) END,
        CASE WHEN k.images_known = 1 AND COUNT(x.name) = COUNT(x.size_bytes) THEN COALESCE(SUM(x.size_bytes), 0) END
    FROM known AS k
    LEFT JOIN cut_short AS x ON 1 = 1
    GROUP BY k.root_id, k.images_known
    UNION ALL
    SELECT
        k.root_id,
        11,
        'hidden-stores',
        CASE
            WHEN k.layers_known = 1
                THEN (
                    SELECT COUNT(*)
                    FROM stores AS s
                    WHERE s.root_id = k.root_id
                        AND (s.active = 0 OR s.has_images = 0)
                )
        END,
        CASE WHEN k.layers_known = 1 THEN 0 END,
        CASE
            WHEN k.layers_known = 1 AND COUNT(x.store_id) = COUNT(x.size_bytes)
                THEN COALESCE(SUM(x.size_bytes), 0)
        END,
        CASE
            WHEN k.layers_known = 1 AND COUNT(x.store_id) = COUNT(x.size_bytes)
                THEN COALESCE(SUM(x.size_bytes), 0)
        END
    FROM known AS k
    LEFT JOIN hidden_parts AS x ON 1 = 1
    GROUP BY k.root_id, k.layers_known
    UNION ALL
    SELECT
        k.root_id,
        12,
        'other-namespaces',
        COUNT(x.part),
        NULL,
        CASE WHEN COUNT(x.part) = COUNT(x.size_bytes) THEN COALESCE(SUM(x.size_bytes), 0) END,
        NULL
    FROM known AS k
    LEFT JOIN elsewhere AS x ON 1 = 1
    GROUP BY k.root_id
    UNION ALL
    SELECT
        k.root_id,
        c.place,
        c.category,
        COUNT(f.path),
        NULL,
        NULL,
        NULL
    FROM known AS k
    CROSS JOIN beside AS c
    LEFT JOIN other_files AS f
        ON f.root_id = k.root_id
        AND c.category = CASE
            WHEN f.kind IN ('plugin', 'plugin-blob', 'plugin-left') THEN 'plugins'
            WHEN f.kind = 'temporary' THEN 'temporaries'
            WHEN f.kind IN ('engine-file', 'image-names') THEN 'engine-metadata'
            WHEN f.kind = 'container-folder' THEN 'other'
        END
    GROUP BY k.root_id, c.place, c.category
),
measured AS (
    SELECT
        category,
        CASE WHEN COUNT(*) = COUNT(disk_bytes) THEN SUM(disk_bytes) END AS disk_bytes
    FROM measurements
    WHERE root_id = :root_id
    GROUP BY category
),
last_measured AS (
    SELECT MAX(measured_at) AS measured_at
    FROM measurements
    WHERE root_id = :root_id
),
-- What may lie in a folder that could not be read.
unseen AS (
    SELECT CASE m.name WHEN 'containers' THEN 'logs' ELSE 'images' END AS category
    FROM measurements AS m
    WHERE m.root_id = :root_id
        AND m.kind = 'unread'
        AND m.name <> 'volumes'
    UNION
    SELECT CASE m.name WHEN 'volumes' THEN 'volumes' ELSE 'containers' END
    FROM measurements AS m
    WHERE m.root_id = :root_id
        AND m.kind = 'unread'
    UNION
    SELECT c.category
    FROM measurements AS m
    CROSS JOIN lying_anywhere AS c
    WHERE m.root_id = :root_id
        AND m.kind = 'unread'
        AND m.name NOT IN ('containers', 'volumes')
)
SELECT
    u.root_id,
    u.category,
    u.place,
    u.items,
    u.active,
    CAST(u.size_bytes AS BIGINT) AS size_bytes,
    CAST(u.reclaimable_bytes AS BIGINT) AS reclaimable_bytes,
    CAST(
        CASE
            WHEN l.measured_at IS NULL THEN NULL
            WHEN u.category IN (SELECT category FROM unseen) THEN NULL
            WHEN m.category IS NULL THEN 0
            ELSE m.disk_bytes
        END AS BIGINT
    ) AS disk_bytes,
    f.freed_by,
    l.measured_at
FROM usage AS u
JOIN remedies AS f ON f.category = u.category
CROSS JOIN last_measured AS l
LEFT JOIN measured AS m ON m.category = u.category
ORDER BY u.place
