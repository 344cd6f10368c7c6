-- title: All namespaces that have the blob or snapshot
SELECT
    namespace,
    kind,
    snapshotter,
    snapshot_id
FROM namespace_parts
WHERE root_id = :root_id
    AND part = :id
ORDER BY namespace, kind, snapshotter
