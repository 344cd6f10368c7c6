-- title: Unused images
-- description: Images that no container uses, sorted by what removing them would free, most first.
--   reason_kept tells why `docker image prune` keeps an image; it is empty for an image that prune
--   removes. If containers could not be read, no image is listed, because any of them may be in
--   use.
SELECT
    s.host,
    si.image_id,
    n.tags,
    CASE
        WHEN s.names_known * s.images_known = 0 THEN NULL
        WHEN n.tags IS NULL AND k.children IS NULL THEN 1
        ELSE 0
    END AS dangling,
    CASE WHEN s.layers_known * s.images_known = 1 THEN z.unique_bytes END AS unique_bytes,
    CASE
        WHEN n.tags IS NOT NULL THEN 'tagged'
        WHEN k.children IS NOT NULL THEN 'parent of ' || k.children || ' images'
        WHEN s.names_known = 0 THEN 'its names could not be read'
        WHEN s.images_known = 0 THEN 'not all images could be read'
    END AS reason_kept,
    CASE WHEN s.layers_known = 1 THEN z.size_bytes END AS size_bytes,
    n.digests,
    si.engine_image_id
FROM store_images AS si
JOIN active_stores AS s ON s.store_id = si.store_id
JOIN image_sizes AS z
    ON z.store_id = si.store_id
    AND z.engine_image_id = si.engine_image_id
LEFT JOIN image_references AS n
    ON n.store_id = si.store_id
    AND n.engine_image_id = si.engine_image_id
LEFT JOIN image_containers AS c
    ON c.store_id = si.store_id
    AND c.engine_image_id = si.engine_image_id
LEFT JOIN (
    SELECT
        store_id,
        engine_parent_id,
        COUNT(*) AS children
    FROM store_images
    WHERE engine_parent_id IS NOT NULL
    GROUP BY store_id, engine_parent_id
) AS k
    ON k.store_id = si.store_id
    AND k.engine_parent_id = si.engine_image_id
WHERE s.containers_known = 1
    AND c.containers IS NULL
ORDER BY z.unique_bytes DESC NULLS LAST, s.host, si.engine_image_id, s.root_path
