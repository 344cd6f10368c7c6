-- title: Blobs and snapshots in use
-- description: Everything in a store of containerd that the garbage collector keeps: what images,
--   leases that have not expired, containers, the build cache and labels lead to.
SELECT store_id, part_kind, part
FROM lasting_parts
UNION
SELECT e.store_id, e.part_kind, e.part
FROM ending_parts AS e
JOIN leases AS l ON l.store_id = e.store_id AND l.lease_id = e.lease_id
JOIN stores AS s ON s.store_id = e.store_id
JOIN roots AS r ON r.root_id = s.root_id
WHERE l.expires_at > r.last_synced_at
