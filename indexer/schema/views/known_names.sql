-- title: Everything that has a name or an ID
-- description: The names and IDs of everything that is listed or lies on the disk, and what each
--   one names. Digests include their algorithm. `dockidx trace` and the parameters of queries look
--   names up here.
SELECT
    image_id AS name,
    'image ID' AS name_kind,
    'image' AS kind,
    image_id AS id,
    store_id,
    CAST(NULL AS TEXT) AS root_id
FROM store_images
WHERE image_id IS NOT NULL
UNION ALL
SELECT im.image_id, 'image ID', 'image', im.image_id, im.store_id, NULL
FROM image_manifests AS im
JOIN store_images AS si
    ON si.store_id = im.store_id
    AND si.engine_image_id = im.engine_image_id
WHERE im.image_id IS NOT NULL
UNION ALL
SELECT si.engine_image_id, 'engine image ID', 'image', k.id, si.store_id, NULL
FROM store_images AS si
JOIN known_images AS k
    ON k.store_id = si.store_id
    AND k.engine_image_id = si.engine_image_id
WHERE k.id <> si.engine_image_id
    OR k.image_id IS NULL
UNION ALL
SELECT k.engine_image_id, 'engine image ID', 'image', k.id, k.store_id, NULL
FROM known_images AS k
WHERE k.image_id IS NULL
    AND NOT EXISTS (
        SELECT 1
        FROM store_images AS si
        WHERE si.store_id = k.store_id
            AND si.engine_image_id = k.engine_image_id
    )
UNION ALL
SELECT
    manifest_digest,
    'manifest digest',
    CASE WHEN image_id IS NULL THEN 'manifest' ELSE 'image' END,
    COALESCE(image_id, manifest_digest),
    store_id,
    NULL
FROM image_manifests
WHERE image_id IS NOT NULL
    OR manifest_digest <> engine_image_id
UNION ALL
SELECT digest, 'manifest digest', 'image', COALESCE(image_id, engine_image_id), store_id, NULL
FROM repo_digests
UNION ALL
SELECT n.name, n.kind, 'image', k.id, k.store_id, NULL
FROM store_image_names AS n
JOIN known_images AS k ON k.store_id = n.store_id AND k.engine_image_id = n.engine_image_id
WHERE n.kind <> 'id'
UNION ALL
SELECT chain_id, 'chain ID', 'layer', chain_id, store_id, NULL
FROM store_layers
UNION ALL
SELECT l.diff_id, 'diff ID', 'layer', l.chain_id, sl.store_id, NULL
FROM store_layers AS sl
JOIN layers AS l ON l.chain_id = sl.chain_id
WHERE l.diff_id IS NOT NULL
UNION ALL
SELECT cache_id, 'cache ID', 'layer', chain_id, store_id, NULL
FROM store_layers
UNION ALL
SELECT m.blob_digest, 'blob digest', 'layer', l.chain_id, sl.store_id, NULL
FROM digest_map AS m
JOIN layers AS l ON l.diff_id = m.diff_id
JOIN store_layers AS sl ON sl.store_id = m.store_id AND sl.chain_id = l.chain_id
UNION ALL
SELECT il.chain_id, 'chain ID', 'layer', il.chain_id, h.store_id, NULL
FROM image_layers AS il
JOIN held_images AS h ON h.image_id = il.image_id
WHERE NOT EXISTS (
    SELECT 1
    FROM store_layers AS sl
    WHERE sl.store_id = h.store_id
        AND sl.chain_id = il.chain_id
)
UNION ALL
SELECT l.diff_id, 'diff ID', 'layer', l.chain_id, h.store_id, NULL
FROM layers AS l
JOIN image_layers AS il ON il.chain_id = l.chain_id
JOIN held_images AS h ON h.image_id = il.image_id
WHERE l.diff_id IS NOT NULL
    AND NOT EXISTS (
        SELECT 1
        FROM store_layers AS sl
        WHERE sl.store_id = h.store_id
            AND sl.chain_id = l.chain_id
    )
UNION ALL
SELECT m.blob_digest, 'blob digest', 'blob', m.blob_digest, m.store_id, NULL
FROM digest_map AS m
WHERE NOT EXISTS (
    SELECT 1
    FROM layers AS l
    JOIN store_layers AS sl ON sl.chain_id = l.chain_id
    WHERE l.diff_id = m.diff_id
        AND sl.store_id = m.store_id
)
UNION ALL
SELECT b.blob_digest, 'blob digest', 'blob', b.blob_digest, b.store_id, NULL
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
    )
    AND NOT EXISTS (
        SELECT 1
        FROM held_images AS h
        WHERE h.store_id = b.store_id
            AND h.image_id = b.blob_digest
    )
    AND NOT EXISTS (
        SELECT 1
        FROM store_images AS si
        WHERE si.store_id = b.store_id
            AND si.engine_image_id = b.blob_digest
    )
UNION ALL
SELECT ml.blob_digest, 'blob digest', 'blob', ml.blob_digest, im.store_id, NULL
FROM manifest_layers AS ml
JOIN image_manifests AS im ON im.manifest_digest = ml.manifest_digest
WHERE NOT EXISTS (
        SELECT 1
        FROM store_blobs AS b
        WHERE b.store_id = im.store_id
            AND b.blob_digest = ml.blob_digest
    )
    AND NOT EXISTS (
        SELECT 1
        FROM digest_map AS m
        WHERE m.store_id = im.store_id
            AND m.blob_digest = ml.blob_digest
    )
UNION ALL
SELECT m.config_digest, 'config digest', 'image', im.engine_image_id, im.store_id, NULL
FROM manifests AS m
JOIN image_manifests AS im ON im.manifest_digest = m.manifest_digest
JOIN known_images AS k
    ON k.store_id = im.store_id
    AND k.engine_image_id = im.engine_image_id
    AND k.image_id IS NULL
WHERE m.config_digest IS NOT NULL
    AND im.image_id IS NULL
    AND im.attestation = 0
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
SELECT
    sn.snapshot_key,
    'snapshot key',
    CASE WHEN d.directory IS NULL THEN 'snapshot' ELSE 'directory' END,
    COALESCE(d.directory, sn.snapshot_key),
    sn.store_id,
    NULL
FROM snapshots AS sn
LEFT JOIN directories AS d ON d.store_id = sn.store_id AND d.directory = sn.snapshot_id
WHERE NOT EXISTS (
        SELECT 1
        FROM store_layers AS sl
        WHERE sl.store_id = sn.store_id
            AND sl.chain_id = sn.snapshot_key
    )
    AND NOT EXISTS (
        SELECT 1
        FROM mounts AS m
        WHERE m.store_id = sn.store_id
            AND m.name = sn.snapshot_key
    )
    AND NOT EXISTS (
        SELECT 1
        FROM build_records AS b
        WHERE b.store_id = sn.store_id
            AND b.cache_id = sn.snapshot_key
    )
UNION ALL
SELECT container_id, 'container ID', 'container', container_id, store_id, root_id
FROM containers
UNION ALL
SELECT name, 'container name', 'container', container_id, store_id, root_id
FROM containers
WHERE name IS NOT NULL
UNION ALL
SELECT f.name, 'container ID', 'container', f.name, NULL, f.root_id
FROM other_files AS f
WHERE f.kind = 'container-folder'
    AND NOT EXISTS (
        SELECT 1
        FROM containers AS c
        WHERE c.root_id = f.root_id
            AND c.container_id = f.name
    )
UNION ALL
SELECT m.name, 'mount name', 'mount', m.name, m.store_id, s.root_id
FROM mounts AS m
JOIN stores AS s ON s.store_id = m.store_id
WHERE NOT EXISTS (
        SELECT 1
        FROM containers AS c
        WHERE c.root_id = s.root_id
            AND c.container_id = m.name
    )
    AND NOT EXISTS (
        SELECT 1
        FROM other_files AS f
        WHERE f.root_id = s.root_id
            AND f.kind = 'container-folder'
            AND f.name = m.name
    )
UNION ALL
SELECT name, 'volume name', 'volume', name, NULL, root_id
FROM volumes
UNION ALL
SELECT cache_id, 'build cache ID', 'build-cache', cache_id, store_id, NULL
FROM build_records
UNION ALL
SELECT name, 'leftover name', 'leftover', name, store_id, NULL
FROM leftovers
UNION ALL
SELECT
    CASE kind WHEN 'unknown-blob' THEN 'sha256:' || SUBSTR(name, 14) ELSE SUBSTR(name, 8) END,
    CASE kind WHEN 'unknown-blob' THEN 'blob digest' ELSE 'leftover name' END,
    'leftover',
    name,
    store_id,
    NULL
FROM leftovers
WHERE kind IN ('ingest', 'unknown-blob')
UNION ALL
SELECT
    name,
    CASE kind WHEN 'plugin' THEN 'plugin ID' ELSE 'file' END,
    'file',
    path,
    NULL,
    root_id
FROM other_files
WHERE kind NOT IN ('container-folder', 'plugin-blob', 'build-blob')
UNION ALL
SELECT 'sha256:' || name, 'blob digest', 'file', path, NULL, root_id
FROM other_files
WHERE kind IN ('plugin-blob', 'build-blob')
UNION ALL
SELECT label, 'plugin name', 'file', path, NULL, root_id
FROM other_files
WHERE label IS NOT NULL
UNION ALL
SELECT p.part, 'blob digest', 'other-namespace', p.part, NULL, p.root_id
FROM namespace_parts AS p
WHERE p.kind = 'blob'
    AND NOT EXISTS (
        SELECT 1
        FROM stores AS s
        JOIN store_blobs AS b ON b.store_id = s.store_id
        WHERE s.root_id = p.root_id
            AND b.blob_digest = p.part
    )
UNION ALL
SELECT part, 'snapshot key', 'other-namespace', part, NULL, root_id
FROM namespace_parts
WHERE kind = 'snapshot'
UNION ALL
SELECT snapshot_id, 'directory', 'other-namespace', part, NULL, root_id
FROM namespace_parts
WHERE snapshot_id IS NOT NULL
