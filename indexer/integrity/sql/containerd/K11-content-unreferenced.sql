-- title: What nothing needs any more
-- description: Blobs and snapshots that nothing leads to, downloads that were cut short, and leases
--   that are over, or that alone hold something until they are: each with what it takes and what
--   frees it. The first two may be in use by what a running engine does just now.
WITH lease_sums AS (
    SELECT
        e.store_id,
        e.lease_id,
        COUNT(b.blob_digest) AS blobs,
        COUNT(sn.snapshot_key) AS snapshots,
        CAST(SUM(COALESCE(b.size_bytes, sn.size_bytes, 0)) AS BIGINT) AS size_bytes
    FROM ending_parts AS e
    JOIN leases AS l ON l.store_id = e.store_id AND l.lease_id = e.lease_id
    JOIN store_places AS s ON s.store_id = e.store_id AND s.root_id = :root_id
    LEFT JOIN store_blobs AS b
        ON b.store_id = e.store_id
        AND b.blob_digest = e.part
        AND b.present = 1
        AND e.part_kind = 'blob'
    LEFT JOIN snapshots AS sn
        ON sn.store_id = e.store_id
        AND sn.snapshot_key = e.part
        AND e.part_kind = 'snapshot'
    WHERE (e.store_id, e.part_kind, e.part) NOT IN (
            SELECT store_id, part_kind, part
            FROM lasting_parts
        )
    GROUP BY e.store_id, e.lease_id
)
SELECT
    s.store_id AS store_id,
    'blob' AS object_kind,
    b.blob_digest AS object_id,
    s.place || 'io.containerd.content.v1.content/blobs/' || REPLACE(b.blob_digest, ':', '/')
        AS path,
    s.place || 'io.containerd.content.v1.content/blobs/' || REPLACE(b.blob_digest, ':', '/')
        || ' is a blob ' || COALESCE('of ' || b.size_bytes || ' bytes ', '')
        || 'that no image, lease or build needs; it takes space until containerd collects it, '
        || 'as it does when it starts and whenever something is removed.' AS message,
    CASE WHEN s.busy_since <= b.created_at THEN 'info' END AS severity,
    CAST(NULL AS TEXT) AS missing
FROM store_places AS s
JOIN store_blobs AS b ON b.store_id = s.store_id
LEFT JOIN gc_reachable AS p
    ON p.store_id = b.store_id
    AND p.part_kind = 'blob'
    AND p.part = b.blob_digest
WHERE s.root_id = :root_id
    AND s.kind = 'containerd'
    AND b.present = 1
    AND p.part IS NULL
UNION ALL
SELECT
    s.store_id AS store_id,
    'snapshot' AS object_kind,
    sn.snapshot_key AS object_id,
    s.place || s.layer_prefix || COALESCE(sn.snapshot_id, '') AS path,
    s.place || s.layer_prefix || COALESCE(sn.snapshot_id, '')
        || ' is the snapshot ' || sn.snapshot_key || ' '
        || COALESCE('of ' || sn.size_bytes || ' bytes ', '')
        || 'that no image, container, lease or build needs; it takes space until containerd '
        || 'collects it, as it does when it starts and whenever something is removed.' AS message,
    CASE WHEN s.busy_since <= sn.created_at THEN 'info' END AS severity,
    CAST(NULL AS TEXT) AS missing
FROM store_places AS s
JOIN snapshots AS sn ON sn.store_id = s.store_id
LEFT JOIN gc_reachable AS p
    ON p.store_id = sn.store_id
    AND p.part_kind = 'snapshot'
    AND p.part = sn.snapshot_key
WHERE s.root_id = :root_id
    AND s.kind = 'containerd'
    AND p.part IS NULL
UNION ALL
SELECT
    s.store_id AS store_id,
    'ingest' AS object_kind,
    l.name AS object_id,
    s.place || 'io.containerd.content.v1.content/' || l.name AS path,
    s.place || 'io.containerd.content.v1.content/' || l.name
        || ' is a download that was cut short'
        || COALESCE(' after ' || l.size_bytes || ' bytes', '')
        || '; it takes space until its lease ends, or 24 hours after its start where it has none, '
        || 'and containerd collects it.' AS message,
    CASE WHEN s.busy_since <= l.modified_at THEN 'info' END AS severity,
    CAST(NULL AS TEXT) AS missing
FROM store_places AS s
JOIN leftovers AS l ON l.store_id = s.store_id
WHERE s.root_id = :root_id
    AND l.kind = 'ingest'
UNION ALL
SELECT
    s.store_id AS store_id,
    'lease' AS object_kind,
    l.lease_id AS object_id,
    s.place || 'io.containerd.metadata.v1.bolt/meta.db' AS path,
    s.place || 'io.containerd.metadata.v1.bolt/meta.db has the lease ' || l.lease_id
        || CASE
            WHEN l.expires_at < s.last_synced_at THEN ', which is over since ' || l.expires_at
            ELSE ' until ' || l.expires_at
        END
        || CASE
            WHEN z.lease_id IS NULL THEN '; what only it keeps is collected.'
            ELSE '; it holds ' || z.blobs || ' blobs and ' || z.snapshots || ' snapshots of '
                || z.size_bytes || ' bytes that no image, container or build needs, and '
                || CASE
                    WHEN l.pruned = 1 THEN 'docker image prune frees them.'
                    WHEN l.expires_at < s.last_synced_at
                        THEN 'containerd frees them when it next collects.'
                    ELSE 'containerd frees them when it has ended.'
                END
        END AS message,
    'info' AS severity,
    CAST(NULL AS TEXT) AS missing
FROM store_places AS s
JOIN leases AS l ON l.store_id = s.store_id
LEFT JOIN lease_sums AS z ON z.store_id = l.store_id AND z.lease_id = l.lease_id
WHERE s.root_id = :root_id
    AND (l.expires_at < s.last_synced_at OR z.lease_id IS NOT NULL)
ORDER BY store_id, path, object_id
