-- title: Layers of an image
-- description: The layers of an image, bottom first, with all four IDs (blob digests, which name
--   the compressed layer in a registry, diff ID, chain ID and cache ID) and the path of their
--   files.
-- param: image image Image ID or its beginning, tag, or digest reference; empty for all images.
WITH asked AS (
    SELECT COALESCE(CAST(:image AS TEXT), '') AS name
),
chosen AS (
    SELECT DISTINCT n.image_id
    FROM image_names AS n
    CROSS JOIN asked
    WHERE asked.name IN ('', n.name)
        OR (
            LENGTH(asked.name) >= n.least_length
            AND SUBSTR(n.name, 1, LENGTH(asked.name)) = asked.name
        )
),
blobs AS (
    SELECT DISTINCT store_id, diff_id, blob_digest
    FROM digest_map
),
blob_lists AS (
    SELECT
        store_id,
        diff_id,
        GROUP_CONCAT(blob_digest, ' ') OVER (
            PARTITION BY store_id, diff_id
            ORDER BY blob_digest
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS blob_digests
    FROM blobs
),
layer_blobs AS (
    SELECT
        store_id,
        diff_id,
        MAX(blob_digests) AS blob_digests
    FROM blob_lists
    GROUP BY store_id, diff_id
)
SELECT
    s.host,
    h.image_id,
    il.position,
    l.diff_id,
    il.chain_id,
    sl.cache_id,
    s.base_path || '/' || s.layer_prefix || sl.cache_id || s.layer_suffix AS directory,
    sl.size_bytes,
    b.blob_digests,
    k.created_by,
    i.os || '/' || i.architecture || COALESCE('/' || NULLIF(i.variant, ''), '') AS platform
FROM (
    SELECT DISTINCT store_id, image_id
    FROM held_images
) AS h
JOIN chosen ON chosen.image_id = h.image_id
JOIN active_stores AS s ON s.store_id = h.store_id
JOIN image_layers AS il ON il.image_id = h.image_id
JOIN layers AS l ON l.chain_id = il.chain_id
LEFT JOIN images AS i ON i.image_id = h.image_id
LEFT JOIN store_layers AS sl ON sl.store_id = h.store_id AND sl.chain_id = il.chain_id
LEFT JOIN layer_blobs AS b ON b.store_id = h.store_id AND b.diff_id = l.diff_id
LEFT JOIN image_history AS k ON k.image_id = il.image_id AND k.position = il.position
ORDER BY s.host, platform NULLS LAST, h.image_id, s.root_path, il.position
