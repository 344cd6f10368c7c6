-- title: Blobs of manifests
-- description: The blobs of each manifest that are in each store of containerd: the manifest
--   itself, its config and its packed layers. A blob that the manifest names twice has two rows.
WITH named AS (
    SELECT manifest_digest, manifest_digest AS blob_digest, 0 AS position
    FROM manifests
    UNION ALL
    SELECT manifest_digest, config_digest, -1
    FROM manifests
    WHERE config_digest IS NOT NULL
    UNION ALL
    SELECT manifest_digest, blob_digest, position
    FROM manifest_layers
)
SELECT
    b.store_id,
    n.manifest_digest,
    n.blob_digest,
    n.position,
    COALESCE(b.size_bytes, 0) AS size_bytes
FROM named AS n
JOIN store_blobs AS b ON b.blob_digest = n.blob_digest
WHERE b.present = 1
