-- title: Blobs and snapshots held by leases
-- description: The blobs and snapshots that unexpired leases name. The garbage collector also keeps
--   whatever these lead to, which is not listed here.
SELECT
    lr.store_id,
    CASE WHEN lr.kind = 'content' THEN 'blob' ELSE 'snapshot' END AS part_kind,
    lr.resource AS part
FROM lease_resources AS lr
JOIN leases AS l ON l.store_id = lr.store_id AND l.lease_id = lr.lease_id
JOIN stores AS s ON s.store_id = lr.store_id AND s.kind = 'containerd'
JOIN roots AS r ON r.root_id = s.root_id
WHERE lr.kind IN ('content', 'snapshot')
    AND (l.expires_at IS NULL OR l.expires_at > r.last_synced_at)
