-- title: Blobs of an artifact
SELECT
    ml.position,
    ml.blob_digest,
    ml.media_type,
    ml.size_bytes,
    COALESCE(b.present, 0) AS present
FROM known_images AS k
JOIN manifest_layers AS ml ON ml.manifest_digest = k.engine_image_id
LEFT JOIN store_blobs AS b ON b.store_id = k.store_id AND b.blob_digest = ml.blob_digest
WHERE k.store_id = :store_id
    AND k.id = :id
    AND k.image_id IS NULL
ORDER BY ml.position
