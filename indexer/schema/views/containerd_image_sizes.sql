-- title: Sizes of images in containerd
-- description: The size in bytes of each image in the stores of containerd, computed as engines do.
--   The total counts packed and unpacked layers over all platforms, from 27.0 on. Shared bytes are
--   the layers that occur more than once over all images and platforms and, from 29.5.0 on, the
--   blobs that another image also has. `docker system df` compares only the listed images from
--   29.6.0 on; that number has a column of its own.
WITH parts AS (
    SELECT
        store_id,
        engine_image_id,
        part_kind,
        part,
        size_bytes
    FROM containerd_parts
),
totals AS (
    SELECT
        store_id,
        engine_image_id,
        SUM(size_bytes) AS size_bytes
    FROM parts
    GROUP BY store_id, engine_image_id
),
chains AS (
    SELECT
        im.store_id,
        im.engine_image_id,
        il.chain_id,
        li.listed
    FROM image_manifests AS im
    JOIN listed_images AS li
        ON li.store_id = im.store_id
        AND li.engine_image_id = im.engine_image_id
    JOIN image_layers AS il ON il.image_id = im.image_id
    WHERE im.present = 1
        AND li.kind = 'containerd'
),
chain_uses AS (
    SELECT
        store_id,
        chain_id,
        COUNT(*) AS uses,
        SUM(listed) AS listed_uses
    FROM chains
    GROUP BY store_id, chain_id
),
blobs AS (
    SELECT DISTINCT
        p.store_id,
        p.engine_image_id,
        p.part AS blob_digest,
        p.size_bytes,
        li.listed
    FROM parts AS p
    JOIN listed_images AS li
        ON li.store_id = p.store_id
        AND li.engine_image_id = p.engine_image_id
    WHERE p.part_kind = 'blob'
),
blob_uses AS (
    SELECT
        store_id,
        blob_digest,
        COUNT(*) AS uses,
        SUM(listed) AS listed_uses
    FROM blobs
    GROUP BY store_id, blob_digest
),
shared AS (
    SELECT
        c.store_id,
        c.engine_image_id,
        COALESCE(sn.size_bytes, 0) AS size_bytes,
        u.listed_uses
    FROM chains AS c
    JOIN chain_uses AS u ON u.store_id = c.store_id AND u.chain_id = c.chain_id
    JOIN snapshots AS sn
        ON sn.store_id = c.store_id
        AND sn.snapshot_key = c.chain_id
        AND sn.chain_id IS NOT NULL
    WHERE u.uses > 1
    UNION ALL
    SELECT
        b.store_id,
        b.engine_image_id,
        b.size_bytes,
        u.listed_uses
    FROM blobs AS b
    JOIN blob_uses AS u ON u.store_id = b.store_id AND u.blob_digest = b.blob_digest
    WHERE u.uses > 1
),
shared_totals AS (
    SELECT
        store_id,
        engine_image_id,
        SUM(size_bytes) AS shared_bytes,
        SUM(CASE WHEN listed_uses > 1 THEN size_bytes ELSE 0 END) AS listed_shared_bytes
    FROM shared
    GROUP BY store_id, engine_image_id
)
SELECT
    si.store_id,
    si.engine_image_id,
    CAST(COALESCE(t.size_bytes, 0) AS BIGINT) AS size_bytes,
    CAST(COALESCE(h.shared_bytes, 0) AS BIGINT) AS shared_bytes,
    CAST(COALESCE(h.listed_shared_bytes, 0) AS BIGINT) AS listed_shared_bytes
FROM store_images AS si
JOIN stores AS s ON s.store_id = si.store_id AND s.kind = 'containerd'
LEFT JOIN totals AS t
    ON t.store_id = si.store_id
    AND t.engine_image_id = si.engine_image_id
LEFT JOIN shared_totals AS h
    ON h.store_id = si.store_id
    AND h.engine_image_id = si.engine_image_id
