-- title: Parts that something other than an image holds
-- description: Layers, blobs and snapshots that stay on the disk whatever happens to the image:
--   those below read-write layers and the build cache, those that a lease or a label keeps, and
--   blobs that another namespace of containerd has too.
WITH RECURSIVE parts (store_id, part_kind, part) AS (
    SELECT store_id, part_kind, part
    FROM leased_parts
    UNION
    SELECT store_id, 'blob', blob_digest
    FROM store_blobs
    WHERE kept = 1
    UNION
    SELECT store_id, 'snapshot', snapshot_key
    FROM snapshots
    WHERE kept = 1
    UNION
    SELECT sn.store_id, 'snapshot', sn.snapshot_key
    FROM snapshots AS sn
    JOIN mounts AS m ON m.store_id = sn.store_id AND m.name = sn.snapshot_key
    UNION
    SELECT e.store_id, e.below_kind, e.below
    FROM parts AS p
    JOIN part_edges AS e
        ON e.store_id = p.store_id
        AND e.part_kind = p.part_kind
        AND e.part = p.part
)
SELECT
    h.store_id,
    'layer' AS part_kind,
    h.chain_id AS part
FROM held_layers AS h
JOIN stores AS s ON s.store_id = h.store_id AND s.kind = 'graphdriver'
UNION ALL
SELECT store_id, part_kind, part
FROM parts
