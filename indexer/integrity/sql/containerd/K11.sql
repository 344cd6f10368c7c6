-- title: What nothing needs any more
-- description: Blobs and snapshots that nothing leads to, downloads that were cut short, and leases
--   that are over. The first two may be in use by what a running engine does just now.
SELECT
    s.store_id AS store_id,
    'blob' AS object_kind,
    b.blob_digest AS object_id,
    s.place || 'io.containerd.content.v1.content/blobs/' || REPLACE(b.blob_digest, ':', '/')
        AS path,
    s.place || 'io.containerd.content.v1.content/blobs/' || REPLACE(b.blob_digest, ':', '/')
        || ' is a blob that no image, lease or build needs; it takes space until containerd '
        || 'collects it.' AS message,
    CASE WHEN s.busy_since <= b.created_at THEN 'info' END AS severity,
    CAST(NULL AS TEXT) AS missing
FROM store_places AS s
JOIN store_blobs AS b ON b.store_id = s.store_id
LEFT JOIN reached_parts AS p
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
        || ' is the snapshot ' || sn.snapshot_key || ' that no image, container, lease or build '
        || 'needs; it takes space until containerd collects it.' AS message,
    CASE WHEN s.busy_since <= sn.created_at THEN 'info' END AS severity,
    CAST(NULL AS TEXT) AS missing
FROM store_places AS s
JOIN snapshots AS sn ON sn.store_id = s.store_id
LEFT JOIN reached_parts AS p
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
        || ' is a download that was cut short; it takes space until it is collected.' AS message,
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
        || ', which is over since ' || l.expires_at || '; what only it keeps is collected.'
        AS message,
    'info' AS severity,
    CAST(NULL AS TEXT) AS missing
FROM store_places AS s
JOIN leases AS l ON l.store_id = s.store_id
WHERE s.root_id = :root_id
    AND l.expires_at < s.last_synced_at
ORDER BY store_id, path, object_id
