-- title: The directory and its owner
SELECT
    o.owner_kind,
    o.owner_id,
    o.reason,
    CASE o.owner_kind WHEN 'orphan' THEN o.confidence END AS confidence,
    sn.snapshot_key,
    d.short_link,
    d.lower_directory,
    d.modified_at,
    d.disk_bytes,
    s.base_path || '/' || s.layer_prefix || d.directory || s.layer_suffix AS path
FROM directories AS d
JOIN stores AS s ON s.store_id = d.store_id
JOIN directory_owners AS o ON o.store_id = d.store_id AND o.directory = d.directory
LEFT JOIN snapshots AS sn ON sn.store_id = d.store_id AND sn.snapshot_id = d.directory
WHERE d.store_id = :store_id
    AND d.directory = :id
