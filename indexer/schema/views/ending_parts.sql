-- title: Blobs and snapshots held by leases that expire
-- description: Everything that each lease with an expiry time leads to in a store of containerd,
--   expired leases included. Pulls and builds make such leases, and an interrupted one leaves its
--   lease behind.
WITH RECURSIVE parts (store_id, lease_id, part_kind, part) AS (
    SELECT
        lr.store_id,
        lr.lease_id,
        CASE WHEN lr.kind = 'content' THEN 'blob' ELSE 'snapshot' END,
        lr.resource
    FROM lease_resources AS lr
    JOIN leases AS l ON l.store_id = lr.store_id AND l.lease_id = lr.lease_id
    JOIN stores AS s ON s.store_id = lr.store_id AND s.kind = 'containerd'
    WHERE lr.kind IN ('content', 'snapshot')
        AND l.expires_at IS NOT NULL
    UNION
    SELECT e.store_id, p.lease_id, e.below_kind, e.below
    FROM parts AS p
    JOIN part_edges AS e
        ON e.store_id = p.store_id
        AND e.part_kind = p.part_kind
        AND e.part = p.part
)
SELECT store_id, lease_id, part_kind, part
FROM parts
