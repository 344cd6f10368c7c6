-- title: Hosts that have an image
-- description: The hosts that have an image, or any image with the given layer or blob; the names
--   of the image on each host, and the number of its containers there. Matched by tells which kind
--   of name matched.
-- param: image content Tag, repository, digest reference, or the ID or digest (or its beginning) of
--   an image, index, manifest, layer (diff ID, chain ID) or blob; empty for all images.
WITH named AS (
    SELECT n.store_id, n.kind, n.id, n.name_kind
    FROM known_names AS n
    WHERE (
            n.name = CAST(:image AS TEXT)
            OR (
                LENGTH(REPLACE(CAST(:image AS TEXT), 'sha256:', '')) >= 4
                AND n.name BETWEEN 'sha256:' || REPLACE(CAST(:image AS TEXT), 'sha256:', '')
                    AND 'sha256:' || REPLACE(CAST(:image AS TEXT), 'sha256:', '') || '~'
            )
        )
        AND n.kind IN ('image', 'layer', 'blob', 'manifest')
        AND n.name_kind <> 'cache ID'
),
found AS (
    SELECT k.store_id, k.engine_image_id, k.image_id, n.name_kind AS matched_by
    FROM named AS n
    JOIN known_images AS k ON k.id = n.id
    WHERE n.kind = 'image'
    UNION
    SELECT h.store_id, h.engine_image_id, h.image_id, n.name_kind
    FROM named AS n
    JOIN image_layers AS il ON il.chain_id = n.id
    JOIN held_images AS h ON h.image_id = il.image_id
    WHERE n.kind = 'layer'
    UNION
    SELECT im.store_id, im.engine_image_id, im.image_id, n.name_kind
    FROM named AS n
    JOIN manifest_layers AS ml ON ml.blob_digest = n.id
    JOIN image_manifests AS im ON im.manifest_digest = ml.manifest_digest
    WHERE n.kind IN ('layer', 'blob')
    UNION
    SELECT im.store_id, im.engine_image_id, im.image_id, n.name_kind
    FROM named AS n
    JOIN image_manifests AS im ON im.manifest_digest = n.id
    WHERE n.kind = 'manifest'
    UNION
    SELECT k.store_id, k.engine_image_id, k.image_id, 'repository'
    FROM repositories AS r
    JOIN (
        SELECT repository, store_id, engine_image_id
        FROM tags
        UNION
        SELECT repository, store_id, engine_image_id
        FROM repo_digests
    ) AS t ON t.repository = r.repository
    JOIN known_images AS k
        ON k.store_id = t.store_id
        AND k.engine_image_id = t.engine_image_id
    WHERE CAST(:image AS TEXT) IN (r.familiar_name, r.repository)
    UNION
    SELECT store_id, engine_image_id, image_id, NULL
    FROM known_images
    WHERE COALESCE(CAST(:image AS TEXT), '') = ''
),
chosen AS (
    SELECT store_id, engine_image_id, image_id, MIN(matched_by) AS matched_by
    FROM found
    GROUP BY store_id, engine_image_id, image_id
)
SELECT
    r.host,
    h.image_id,
    n.tags,
    n.digests,
    CASE WHEN r.containers_known = 1 THEN COALESCE(c.containers, 0) END AS containers,
    r.last_synced_at AS last_seen_at,
    si.first_seen_at,
    h.matched_by,
    s.name AS store,
    h.engine_image_id
FROM chosen AS h
JOIN stores AS s ON s.store_id = h.store_id
JOIN roots AS r ON r.root_id = s.root_id
LEFT JOIN store_images AS si
    ON si.store_id = h.store_id
    AND si.engine_image_id = h.engine_image_id
LEFT JOIN image_references AS n
    ON n.store_id = h.store_id
    AND n.engine_image_id = h.engine_image_id
LEFT JOIN image_containers AS c
    ON c.store_id = h.store_id
    AND c.engine_image_id = h.engine_image_id
ORDER BY r.host, h.image_id, s.name, h.engine_image_id
