-- title: Snapshots below the layers of images
-- description: The snapshots of each image whose top layer is unpacked: the snapshot of that layer
--   and all its ancestors. A layer of the classic builder has the snapshot in which the builder
--   worked as its parent.
WITH RECURSIVE chains (store_id, top_chain_id, snapshot_key) AS (
    SELECT DISTINCT
        sn.store_id,
        i.top_chain_id,
        sn.snapshot_key
    FROM image_manifests AS im
    JOIN images AS i ON i.image_id = im.image_id
    JOIN snapshots AS sn
        ON sn.store_id = im.store_id
        AND sn.snapshot_key = i.top_chain_id
        AND sn.chain_id IS NOT NULL
    WHERE im.present = 1
    UNION
    SELECT
        c.store_id,
        c.top_chain_id,
        sn.parent_key
    FROM chains AS c
    JOIN snapshots AS sn ON sn.store_id = c.store_id AND sn.snapshot_key = c.snapshot_key
    WHERE sn.parent_key IS NOT NULL
)
SELECT
    c.store_id,
    c.top_chain_id,
    c.snapshot_key,
    COALESCE(sn.size_bytes, 0) AS size_bytes
FROM chains AS c
JOIN snapshots AS sn ON sn.store_id = c.store_id AND sn.snapshot_key = c.snapshot_key
