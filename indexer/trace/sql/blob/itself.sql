-- title: What the blob unpacks to, and the file that says so
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
        END AS path
    FROM digest_map AS m
    JOIN stores AS s ON s.store_id = m.store_id
    WHERE m.store_id = :store_id
        AND m.blob_digest = :id
    UNION ALL
    SELECT
        b.diff_id,
        s.base_path || '/io.containerd.content.v1.content/blobs/'
            || REPLACE(b.blob_digest, ':', '/')
    FROM store_blobs AS b
    JOIN stores AS s ON s.store_id = b.store_id AND s.kind = 'containerd'
    WHERE b.store_id = :store_id
        AND b.blob_digest = :id
        AND b.present = 1
)
SELECT
    MIN(diff_id) AS diff_id,
    MIN(path) AS path
FROM told
