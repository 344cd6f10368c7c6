-- title: Parts of images
-- description: Everything on the disk that is removed with an image: layers of a graph driver, or
--   blobs and snapshots of containerd. Each part has one row for each image that it belongs to.
WITH RECURSIVE parts (store_id, engine_image_id, part_kind, part) AS (
    SELECT si.store_id, si.engine_image_id, 'blob', si.engine_image_id
    FROM store_images AS si
    JOIN stores AS s ON s.store_id = si.store_id AND s.kind = 'containerd'
    UNION
    SELECT p.store_id, p.engine_image_id, e.below_kind, e.below
    FROM parts AS p
    JOIN part_edges AS e
        ON e.store_id = p.store_id
        AND e.part_kind = p.part_kind
        AND e.part = p.part
)
SELECT
    h.store_id,
    h.engine_image_id,
    'layer' AS part_kind,
    il.chain_id AS part,
    sl.size_bytes
FROM held_images AS h
JOIN image_layers AS il ON il.image_id = h.image_id
JOIN store_layers AS sl ON sl.store_id = h.store_id AND sl.chain_id = il.chain_id
WHERE h.store_id IN (
        SELECT store_id
        FROM stores
        WHERE kind = 'graphdriver'
    )
UNION ALL
SELECT
    p.store_id,
    p.engine_image_id,
    p.part_kind,
    p.part,
    COALESCE(sb.size_bytes, 0) AS size_bytes
FROM parts AS p
JOIN store_blobs AS sb
    ON sb.store_id = p.store_id
    AND sb.blob_digest = p.part
    AND sb.present = 1
WHERE p.part_kind = 'blob'
UNION ALL
SELECT
    p.store_id,
    p.engine_image_id,
    p.part_kind,
    p.part,
    COALESCE(sn.size_bytes, 0) AS size_bytes
FROM parts AS p
JOIN snapshots AS sn ON sn.store_id = p.store_id AND sn.snapshot_key = p.part
WHERE p.part_kind = 'snapshot'
