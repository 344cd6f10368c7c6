-- title: Blobs and snapshots held without an expiry time
-- description: Everything in a store of containerd that images, containers, the build cache, labels
--   and leases without an expiry time lead to.
WITH RECURSIVE parts (store_id, part_kind, part) AS (
    SELECT si.store_id, 'blob', si.engine_image_id
    FROM store_images AS si
    JOIN stores AS s ON s.store_id = si.store_id AND s.kind = 'containerd'
    JOIN roots AS r ON r.root_id = s.root_id
    WHERE si.expires_at IS NULL
        OR si.expires_at > r.last_synced_at
    UNION
    SELECT
        lr.store_id,
        CASE WHEN lr.kind = 'content' THEN 'blob' ELSE 'snapshot' END,
        lr.resource
    FROM lease_resources AS lr
    JOIN leases AS l ON l.store_id = lr.store_id AND l.lease_id = lr.lease_id
    JOIN stores AS s ON s.store_id = lr.store_id AND s.kind = 'containerd'
    WHERE lr.kind IN ('content', 'snapshot')
        AND l.expires_at IS NULL
    UNION
    SELECT store_id, 'blob', blob_digest
    FROM store_blobs
    WHERE kept = 1
    UNION
    SELECT store_id, 'snapshot', snapshot_key
    FROM snapshots
    WHERE kept = 1
    UNION
    SELECT store_id, 'snapshot', name
    FROM mounts
    UNION
    SELECT store_id, 'blob', blob_digest
    FROM build_records
    WHERE blob_digest IS NOT NULL
    UNION
    SELECT store_id, 'snapshot', snapshot
    FROM build_records
    UNION
    SELECT e.store_id, e.below_kind, e.below
    FROM parts AS p
    JOIN part_edges AS e
        ON e.store_id = p.store_id
        AND e.part_kind = p.part_kind
        AND e.part = p.part
)
SELECT store_id, part_kind, part
FROM parts
