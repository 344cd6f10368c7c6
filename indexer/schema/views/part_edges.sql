-- title: What blobs lead to
-- description: For each blob of a store of containerd the blobs that it names or keeps: an index
--   its manifests, a manifest its config and layers, any blob what its labels say.
SELECT
    b.store_id,
    m.manifest_digest AS blob_digest,
    m.blob_digest AS below
FROM manifest_layers AS m
JOIN store_blobs AS b ON b.blob_digest = m.manifest_digest
UNION
SELECT
    b.store_id,
    m.manifest_digest,
    m.config_digest
FROM manifests AS m
JOIN store_blobs AS b ON b.blob_digest = m.manifest_digest
WHERE m.config_digest IS NOT NULL
UNION
SELECT
    b.store_id,
    i.index_digest,
    i.manifest_digest
FROM index_manifests AS i
JOIN store_blobs AS b ON b.blob_digest = i.index_digest
UNION
SELECT
    r.store_id,
    r.blob_digest,
    r.reference
FROM blob_references AS r
WHERE r.kind = 'content'
