-- title: A blob or snapshot of another namespace of containerd
SELECT
    p.kind AS type,
    p.namespace,
    p.snapshotter,
    p.snapshot_id,
    p.size_bytes,
    p.created_at,
    CASE
        WHEN p.kind = 'blob'
            THEN p.base_path || '/io.containerd.content.v1.content/blobs/'
                || REPLACE(p.part, ':', '/')
        WHEN p.snapshot_id IS NOT NULL
            THEN p.base_path || '/io.containerd.snapshotter.v1.' || p.snapshotter || '/snapshots/'
                || p.snapshot_id
    END AS path,
    'it belongs to the namespace ' || p.namespace
        || CASE
            WHEN SUBSTR(p.namespace, LENGTH(p.namespace) - 7) = '_history'
                THEN ', the history of builds: `docker buildx history rm` frees it'
            WHEN p.namespace = 'k8s.io' THEN ', that of Kubernetes: `crictl rmi --prune` frees it'
            WHEN p.namespace = 'plugins.moby' THEN ', that of plugins: `docker plugin rm` frees it'
            ELSE ': `ctr -n ' || p.namespace || '` and the client that uses it free it'
        END AS about
FROM namespace_parts AS p
WHERE p.root_id = :root_id
    AND p.part = :id
ORDER BY p.namespace, p.snapshotter
LIMIT 1
