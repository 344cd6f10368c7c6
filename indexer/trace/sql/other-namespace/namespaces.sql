-- title: Every namespace that has it
SELECT
    namespace,
    kind,
    snapshotter,
    snapshot_id
FROM namespace_parts
WHERE root_id = :root_id
    AND part = :id
ORDER BY namespace, kind, snapshotter
