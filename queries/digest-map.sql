-- title: Registry blobs and layers
-- description: The layer (diff ID) that each compressed blob of a registry unpacks to, how this is
--   known, and how many layers of the store have that diff ID.
WITH sources AS (
    SELECT
        store_id,
        blob_digest,
        diff_id,
        GROUP_CONCAT(source, ' ') OVER (
            PARTITION BY store_id, blob_digest, diff_id
            ORDER BY source
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS source
    FROM digest_map
),
blobs AS (
    SELECT
        store_id,
        blob_digest,
        diff_id,
        MAX(source) AS source
    FROM sources
    GROUP BY store_id, blob_digest, diff_id
),
diff_layers AS (
    SELECT
        sl.store_id,
        l.diff_id,
        COUNT(*) AS layers
    FROM store_layers AS sl
    JOIN layers AS l ON l.chain_id = sl.chain_id
    GROUP BY sl.store_id, l.diff_id
)
SELECT
    s.host,
    b.blob_digest,
    b.diff_id,
    p.source_repository,
    b.source,
    COALESCE(d.layers, 0) AS layers
FROM blobs AS b
JOIN active_stores AS s ON s.store_id = b.store_id
LEFT JOIN digest_repositories AS p
    ON p.store_id = b.store_id
    AND p.blob_digest = b.blob_digest
    AND p.diff_id = b.diff_id
LEFT JOIN diff_layers AS d ON d.store_id = b.store_id AND d.diff_id = b.diff_id
ORDER BY
    s.host,
    b.blob_digest,
    p.source_repository NULLS FIRST,
    b.diff_id,
    s.root_path
