-- title: Leases that keep the layer
SELECT
    l.lease_id,
    l.created_at,
    l.expires_at
FROM lease_resources AS r
JOIN leases AS l ON l.store_id = r.store_id AND l.lease_id = r.lease_id
WHERE r.store_id = :store_id
    AND r.kind = 'snapshot'
    AND r.resource = :id
ORDER BY l.lease_id
