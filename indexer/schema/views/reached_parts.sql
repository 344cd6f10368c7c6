-- title: Blobs and snapshots that something needs
-- description: What images, leases, containers and the build cache of a store of containerd lead
--   to: blobs by what they name and by their labels, the snapshots of configs, and those below.
WITH RECURSIVE blobs (store_id, blob_digest) AS (
    SELECT store_id, engine_image_id
    FROM store_images
    UNION
    SELECT store_id, resource
    FROM lease_resources
    WHERE kind = 'content'
    UNION
    SELECT store_id, blob_digest
    FROM store_blobs
    WHERE kept = 1
    UNION
    SELECT store_id, blob_digest
    FROM build_records
    WHERE blob_digest IS NOT NULL
    UNION
    SELECT b.store_id, e.below
    FROM blobs AS b
    JOIN blob_edges AS e ON e.store_id = b.store_id AND e.blob_digest = b.blob_digest
),
parts (store_id, snapshot_key) AS (
    SELECT store_id, resource
    FROM lease_resources
    WHERE kind = 'snapshot'
    UNION
    SELECT store_id, name
    FROM mounts
    UNION
    SELECT store_id, snapshot
    FROM build_records
    UNION
    SELECT b.store_id, i.top_chain_id
    FROM blobs AS b
    JOIN images AS i ON i.image_id = b.blob_digest
    WHERE i.top_chain_id IS NOT NULL
    UNION
    SELECT b.store_id, r.reference
    FROM blobs AS b
    JOIN blob_references AS r
        ON r.store_id = b.store_id
        AND r.blob_digest = b.blob_digest
        AND r.kind = 'snapshot'
    UNION
    SELECT p.store_id, sn.parent_key
    FROM parts AS p
    JOIN snapshots AS sn ON sn.store_id = p.store_id AND sn.snapshot_key = p.snapshot_key
    WHERE sn.parent_key IS NOT NULL
)
SELECT store_id, 'blob' AS part_kind, blob_digest AS part
FROM blobs
UNION ALL
SELECT store_id, 'snapshot' AS part_kind, snapshot_key AS part
FROM parts
