-- title: Blobs and layers of images in containerd
-- description: The blobs and the unpacked layers of every manifest on the disk, by image. A part
--   that two platforms of an image share has two rows, because the engine counts it twice.
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
