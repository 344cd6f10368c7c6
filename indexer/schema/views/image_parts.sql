-- title: What images are made of
-- description: Everything on the disk that goes with an image: layers of a graph driver, or blobs
--   and snapshots of containerd. Each part stands here once for each image.
WITH RECURSIVE blobs (store_id, engine_image_id, blob_digest) AS (
    SELECT si.store_id, si.engine_image_id, si.engine_image_id
    FROM store_images AS si
    JOIN stores AS s ON s.store_id = si.store_id AND s.kind = 'containerd'
    UNION
    SELECT b.store_id, b.engine_image_id, e.below
    FROM blobs AS b
    JOIN blob_edges AS e ON e.store_id = b.store_id AND e.blob_digest = b.blob_digest
),
tops AS (
    SELECT b.store_id, b.engine_image_id, i.top_chain_id AS snapshot_key
    FROM blobs AS b
    JOIN images AS i ON i.image_id = b.blob_digest
    WHERE i.top_chain_id IS NOT NULL
    UNION
    SELECT b.store_id, b.engine_image_id, r.reference
    FROM blobs AS b
    JOIN blob_references AS r
        ON r.store_id = b.store_id
        AND r.blob_digest = b.blob_digest
        AND r.kind = 'snapshot'
),
chains (store_id, engine_image_id, snapshot_key) AS (
    SELECT store_id, engine_image_id, snapshot_key
    FROM tops
    UNION
    SELECT c.store_id, c.engine_image_id, sn.parent_key
    FROM chains AS c
    JOIN snapshots AS sn ON sn.store_id = c.store_id AND sn.snapshot_key = c.snapshot_key
    WHERE sn.parent_key IS NOT NULL
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
    b.store_id,
    b.engine_image_id,
    'blob' AS part_kind,
    b.blob_digest AS part,
    COALESCE(sb.size_bytes, 0) AS size_bytes
FROM blobs AS b
JOIN store_blobs AS sb
    ON sb.store_id = b.store_id
    AND sb.blob_digest = b.blob_digest
    AND sb.present = 1
UNION ALL
SELECT
    c.store_id,
    c.engine_image_id,
    'snapshot' AS part_kind,
    c.snapshot_key AS part,
    COALESCE(sn.size_bytes, 0) AS size_bytes
FROM chains AS c
JOIN snapshots AS sn ON sn.store_id = c.store_id AND sn.snapshot_key = c.snapshot_key
