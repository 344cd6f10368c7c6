-- title: A snapshot without a directory
SELECT
    sn.kind AS type,
    sn.parent_key,
    sn.size_bytes,
    sn.created_at,
    s.driver
FROM snapshots AS sn
JOIN stores AS s ON s.store_id = sn.store_id
WHERE sn.store_id = :store_id
    AND sn.snapshot_key = :id
