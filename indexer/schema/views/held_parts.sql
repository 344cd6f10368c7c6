-- title: Parts that something besides an image holds
-- description: Layers, blobs and snapshots that stay on the disk whatever happens to the image:
--   what is below read-write layers and the build cache, what a lease keeps, and blobs that another
--   user of containerd has too.
WITH RECURSIVE kept_by_lease AS (
    SELECT lr.store_id, lr.kind, lr.resource
    FROM lease_resources AS lr
    JOIN leases AS l ON l.store_id = lr.store_id AND l.lease_id = lr.lease_id
    JOIN stores AS s ON s.store_id = lr.store_id AND s.kind = 'containerd'
    JOIN roots AS r ON r.root_id = s.root_id
    WHERE l.expires_at IS NULL
        OR l.expires_at > r.last_synced_at
),
named_by AS (
    SELECT manifest_digest AS above, blob_digest AS below
    FROM manifest_layers
    UNION
    SELECT manifest_digest, config_digest
    FROM manifests
    WHERE config_digest IS NOT NULL
    UNION
    SELECT index_digest, manifest_digest
    FROM index_manifests
),
held_blobs (store_id, blob_digest) AS (
    SELECT store_id, resource
    FROM kept_by_lease
    WHERE kind = 'content'
    UNION
    SELECT store_id, blob_digest
    FROM store_blobs
    WHERE kept_elsewhere = 1
    UNION
    SELECT h.store_id, n.below
    FROM held_blobs AS h
    JOIN named_by AS n ON n.above = h.blob_digest
),
held_snapshots (store_id, snapshot_key) AS (
    SELECT sn.store_id, sn.snapshot_key
    FROM snapshots AS sn
    JOIN mounts AS m ON m.store_id = sn.store_id AND m.name = sn.snapshot_key
    UNION
    SELECT store_id, resource
    FROM kept_by_lease
    WHERE kind = 'snapshot'
    UNION
    SELECT h.store_id, i.top_chain_id
    FROM held_blobs AS h
    JOIN images AS i ON i.image_id = h.blob_digest
    WHERE i.top_chain_id IS NOT NULL
    UNION
    SELECT h.store_id, sn.parent_key
    FROM held_snapshots AS h
    JOIN snapshots AS sn ON sn.store_id = h.store_id AND sn.snapshot_key = h.snapshot_key
    WHERE sn.parent_key IS NOT NULL
)
SELECT
    h.store_id,
    'layer' AS part_kind,
    h.chain_id AS part
FROM held_layers AS h
JOIN stores AS s ON s.store_id = h.store_id AND s.kind = 'graphdriver'
UNION ALL
SELECT store_id, 'blob' AS part_kind, blob_digest AS part
FROM held_blobs
UNION ALL
SELECT store_id, 'snapshot' AS part_kind, snapshot_key AS part
FROM held_snapshots
