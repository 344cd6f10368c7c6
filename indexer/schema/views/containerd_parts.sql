-- title: What images of containerd are made of
-- description: The blobs and the unpacked layers of every manifest of each image that is on the
--   disk. What two platforms of an image have in common stands here twice, as the engine counts it.
SELECT
    im.store_id,
    im.engine_image_id,
    im.manifest_digest,
    'blob' AS part_kind,
    b.blob_digest AS part,
    b.size_bytes
FROM image_manifests AS im
JOIN manifest_blobs AS b
    ON b.store_id = im.store_id
    AND b.manifest_digest = im.manifest_digest
WHERE im.present = 1
    AND im.store_id IN (
        SELECT store_id
        FROM stores
        WHERE kind = 'containerd'
    )
UNION ALL
SELECT
    im.store_id,
    im.engine_image_id,
    im.manifest_digest,
    'snapshot' AS part_kind,
    c.snapshot_key AS part,
    c.size_bytes
FROM image_manifests AS im
JOIN images AS i ON i.image_id = im.image_id
CROSS JOIN snapshot_chains AS c
WHERE im.present = 1
    AND c.store_id = im.store_id
    AND c.top_chain_id = i.top_chain_id
    AND im.store_id IN (
        SELECT store_id
        FROM stores
        WHERE kind = 'containerd'
    )
