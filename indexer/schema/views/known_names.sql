-- title: Everything that has a name or an ID
-- description: Names and IDs of images, layers, blobs, directories, containers, volumes and build
--   cache, digests without their algorithm, with what they name: what `dockidx trace` looks in.
SELECT
    SUBSTR(image_id, 8) AS name,
    'image ID' AS name_kind,
    'image' AS kind,
    image_id AS id,
    store_id,
    CAST(NULL AS TEXT) AS root_id
FROM held_images
UNION ALL
SELECT SUBSTR(engine_image_id, 8), 'engine image ID', 'image', image_id, store_id, NULL
FROM held_images
WHERE engine_image_id <> image_id
UNION ALL
SELECT SUBSTR(manifest_digest, 8), 'manifest digest', 'image', image_id, store_id, NULL
FROM image_manifests
WHERE image_id IS NOT NULL
UNION ALL
SELECT SUBSTR(digest, 8), 'manifest digest', 'image', image_id, store_id, NULL
FROM repo_digests
WHERE image_id IS NOT NULL
UNION ALL
SELECT n.name, n.kind, 'image', h.image_id, h.store_id, NULL
FROM store_image_names AS n
JOIN held_images AS h ON h.store_id = n.store_id AND h.engine_image_id = n.engine_image_id
WHERE n.kind <> 'id'
UNION ALL
SELECT SUBSTR(chain_id, 8), 'chain ID', 'layer', chain_id, store_id, NULL
FROM store_layers
UNION ALL
SELECT SUBSTR(l.diff_id, 8), 'diff ID', 'layer', l.chain_id, sl.store_id, NULL
FROM store_layers AS sl
JOIN layers AS l ON l.chain_id = sl.chain_id
UNION ALL
SELECT cache_id, 'cache ID', 'layer', chain_id, store_id, NULL
FROM store_layers
UNION ALL
SELECT SUBSTR(m.blob_digest, 8), 'blob digest', 'layer', l.chain_id, sl.store_id, NULL
FROM digest_map AS m
JOIN layers AS l ON l.diff_id = m.diff_id
JOIN store_layers AS sl ON sl.store_id = m.store_id AND sl.chain_id = l.chain_id
UNION ALL
SELECT SUBSTR(m.blob_digest, 8), 'blob digest', 'blob', m.blob_digest, m.store_id, NULL
FROM digest_map AS m
WHERE NOT EXISTS (
    SELECT 1
    FROM layers AS l
    JOIN store_layers AS sl ON sl.chain_id = l.chain_id
    WHERE l.diff_id = m.diff_id
        AND sl.store_id = m.store_id
)
UNION ALL
SELECT SUBSTR(b.blob_digest, 8), 'blob digest', 'blob', b.blob_digest, b.store_id, NULL
FROM store_blobs AS b
WHERE NOT EXISTS (
        SELECT 1
        FROM digest_map AS m
        WHERE m.store_id = b.store_id
            AND m.blob_digest = b.blob_digest
    )
    AND NOT EXISTS (
        SELECT 1
        FROM image_manifests AS im
        WHERE im.store_id = b.store_id
            AND im.manifest_digest = b.blob_digest
            AND im.image_id IS NOT NULL
    )
    AND NOT EXISTS (
        SELECT 1
        FROM held_images AS h
        WHERE h.store_id = b.store_id
            AND b.blob_digest IN (h.image_id, h.engine_image_id)
    )
UNION ALL
SELECT d.directory, 'directory', 'directory', d.directory, d.store_id, NULL
FROM directories AS d
WHERE NOT EXISTS (
    SELECT 1
    FROM store_layers AS sl
    WHERE sl.store_id = d.store_id
        AND sl.cache_id = d.directory
)
    AND NOT EXISTS (
        SELECT 1
        FROM build_records AS b
        WHERE b.store_id = d.store_id
            AND b.cache_id = d.directory
            AND b.directory = d.directory
    )
UNION ALL
SELECT
    d.short_link,
    'short link',
    CASE
        WHEN sl.chain_id IS NOT NULL THEN 'layer'
        WHEN b.cache_id IS NOT NULL THEN 'build-cache'
        ELSE 'directory'
    END,
    COALESCE(sl.chain_id, d.directory),
    d.store_id,
    NULL
FROM directories AS d
LEFT JOIN store_layers AS sl ON sl.store_id = d.store_id AND sl.cache_id = d.directory
LEFT JOIN build_records AS b
    ON b.store_id = d.store_id
    AND b.cache_id = d.directory
    AND b.directory = d.directory
WHERE d.short_link IS NOT NULL
UNION ALL
SELECT container_id, 'container ID', 'container', container_id, store_id, root_id
FROM containers
UNION ALL
SELECT name, 'container name', 'container', container_id, store_id, root_id
FROM containers
WHERE name IS NOT NULL
UNION ALL
SELECT name, 'volume name', 'volume', name, NULL, root_id
FROM volumes
UNION ALL
SELECT cache_id, 'build cache ID', 'build-cache', cache_id, store_id, NULL
FROM build_records
