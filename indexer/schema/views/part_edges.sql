-- title: References between blobs and snapshots
-- description: The blobs and snapshots that each blob or snapshot of containerd names or keeps: an
--   index names its manifests, a manifest its config and layers, a config the snapshot of its top
--   layer, a snapshot its parent, and labels name further ones.
SELECT
    b.store_id,
    'blob' AS part_kind,
    m.manifest_digest AS part,
    'blob' AS below_kind,
    m.blob_digest AS below
FROM manifest_layers AS m
JOIN store_blobs AS b ON b.blob_digest = m.manifest_digest
UNION ALL
SELECT
    b.store_id,
    'blob' AS part_kind,
    m.manifest_digest AS part,
    'blob' AS below_kind,
    m.config_digest AS below
FROM manifests AS m
JOIN store_blobs AS b ON b.blob_digest = m.manifest_digest
WHERE m.config_digest IS NOT NULL
UNION ALL
SELECT
    b.store_id,
    'blob' AS part_kind,
    i.index_digest AS part,
    'blob' AS below_kind,
    i.manifest_digest AS below
FROM index_manifests AS i
JOIN store_blobs AS b ON b.blob_digest = i.index_digest
UNION ALL
SELECT
    b.store_id,
    'blob' AS part_kind,
    b.blob_digest AS part,
    'snapshot' AS below_kind,
    i.top_chain_id AS below
FROM store_blobs AS b
JOIN images AS i ON i.image_id = b.blob_digest
WHERE i.top_chain_id IS NOT NULL
UNION ALL
SELECT
    store_id,
    'blob' AS part_kind,
    blob_digest AS part,
    CASE WHEN kind = 'content' THEN 'blob' ELSE 'snapshot' END AS below_kind,
    reference AS below
FROM blob_references
UNION ALL
SELECT
    store_id,
    'snapshot' AS part_kind,
    snapshot_key AS part,
    'snapshot' AS below_kind,
    parent_key AS below
FROM snapshots
WHERE parent_key IS NOT NULL
UNION ALL
SELECT
    store_id,
    'snapshot' AS part_kind,
    snapshot_key AS part,
    CASE WHEN kind = 'content' THEN 'blob' ELSE 'snapshot' END AS below_kind,
    reference AS below
FROM snapshot_references
