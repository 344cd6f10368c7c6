-- title: Blobs without a file, and files without a record
-- description: Blobs that containerd has on record and not on the disk, and the other way round. A
--   file that is younger than a running engine may get its record yet.
SELECT
    s.store_id AS store_id,
    'blob' AS object_kind,
    b.blob_digest AS object_id,
    s.place || 'io.containerd.content.v1.content/blobs/' || REPLACE(b.blob_digest, ':', '/')
        AS path,
    s.place || 'io.containerd.content.v1.content/blobs/' || REPLACE(b.blob_digest, ':', '/')
        || ' is missing, though containerd has it on record; what needs the blob fails.' AS message,
    CAST(NULL AS TEXT) AS severity,
    b.blob_digest AS missing
FROM store_places AS s
JOIN store_blobs AS b ON b.store_id = s.store_id
WHERE s.root_id = :root_id
    AND b.present = 0
UNION ALL
SELECT
    s.store_id AS store_id,
    'blob' AS object_kind,
    REPLACE(SUBSTR(l.name, 7), '/', ':') AS object_id,
    s.place || 'io.containerd.content.v1.content/' || l.name AS path,
    s.place || 'io.containerd.content.v1.content/' || l.name
        || ' is a blob that containerd has no record of; it only takes space.' AS message,
    CASE WHEN s.busy_since <= l.modified_at THEN 'info' ELSE 'warning' END AS severity,
    CAST(NULL AS TEXT) AS missing
FROM store_places AS s
JOIN leftovers AS l ON l.store_id = s.store_id
WHERE s.root_id = :root_id
    AND l.kind = 'unknown-blob'
ORDER BY store_id, path
