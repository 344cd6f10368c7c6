-- title: What images are made of
-- description: Everything on the disk that goes with an image: layers of a graph driver, or blobs
--   and snapshots of containerd. Each part stands here once for each image.
SELECT
    h.store_id,
    h.engine_image_id,
    'layer' AS part_kind,
    il.chain_id AS part,
    sl.size_bytes
FROM held_images AS h
JOIN stores AS s ON s.store_id = h.store_id AND s.kind = 'graphdriver'
JOIN image_layers AS il ON il.image_id = h.image_id
JOIN store_layers AS sl ON sl.store_id = h.store_id AND sl.chain_id = il.chain_id
UNION ALL
SELECT DISTINCT
    store_id,
    engine_image_id,
    part_kind,
    part,
    size_bytes
FROM containerd_parts
UNION ALL
SELECT
    si.store_id,
    si.engine_image_id,
    'blob' AS part_kind,
    b.blob_digest AS part,
    COALESCE(b.size_bytes, 0) AS size_bytes
FROM store_images AS si
JOIN stores AS s ON s.store_id = si.store_id AND s.kind = 'containerd'
JOIN store_blobs AS b
    ON b.store_id = si.store_id
    AND b.blob_digest = si.engine_image_id
    AND b.present = 1
WHERE NOT EXISTS (
        SELECT 1
        FROM image_manifests AS im
        WHERE im.store_id = si.store_id
            AND im.engine_image_id = si.engine_image_id
            AND im.manifest_digest = si.engine_image_id
    )
