-- title: The blob, the layer that it unpacks to, and the source of that fact
WITH told AS (
    SELECT
        m.diff_id,
        CASE
            WHEN m.source IN ('diffid-by-digest', 'v2metadata-by-diffid')
                THEN s.base_path || '/image/' || s.driver || '/distribution/' || m.source
                    || '/sha256/'
                    || SUBSTR(
                        CASE m.source WHEN 'diffid-by-digest' THEN m.blob_digest ELSE m.diff_id END,
                        8
                    )
        END AS path,
        NULL AS media_type,
        NULL AS size_bytes,
        NULL AS present
    FROM digest_map AS m
    JOIN stores AS s ON s.store_id = m.store_id
    WHERE m.store_id = :store_id
        AND m.blob_digest = :id
    UNION ALL
    SELECT
        b.diff_id,
        CASE
            WHEN b.present = 1
                THEN s.base_path || '/io.containerd.content.v1.content/blobs/'
                    || REPLACE(b.blob_digest, ':', '/')
        END,
        b.media_type,
        b.size_bytes,
        b.present
    FROM store_blobs AS b
    JOIN stores AS s ON s.store_id = b.store_id AND s.kind = 'containerd'
    WHERE b.store_id = :store_id
        AND b.blob_digest = :id
    UNION ALL
    SELECT
        NULL,
        NULL,
        ml.media_type,
        ml.size_bytes,
        CASE WHEN s.kind = 'containerd' THEN COALESCE(b.present, 0) END
    FROM manifest_layers AS ml
    JOIN stores AS s ON s.store_id = :store_id
    LEFT JOIN store_blobs AS b ON b.store_id = s.store_id AND b.blob_digest = ml.blob_digest
    WHERE ml.blob_digest = :id
)
SELECT
    MIN(diff_id) AS diff_id,
    MIN(path) AS path,
    MIN(media_type) AS media_type,
    MAX(size_bytes) AS size_bytes,
    MAX(present) AS present
FROM told
