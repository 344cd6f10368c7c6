-- title: Images
-- description: Every image with its names and sizes, including untagged and intermediate images.
--   Shared bytes belong to layers that another image of the same store also has; unique bytes are
--   the rest. With containerd, shared bytes include blobs, as in engines from 29.5.0 on; older
--   engines count layers only, and the root does not tell which engine wrote it. Dangling is what
--   `docker images --filter dangling=true` lists: images without a tag and without a child, or with
--   containerd, images without any name. engine_image_id is the ID that the engine shows; with
--   containerd it differs from the image ID. A value is empty if something that it depends on could
--   not be read.
SELECT
    s.host,
    si.image_id,
    n.tags,
    n.digests,
    si.parent_id,
    i.created_at,
    CASE WHEN s.layers_known = 1 THEN z.size_bytes END AS size_bytes,
    CASE WHEN s.layers_known * s.images_known = 1 THEN z.shared_bytes END AS shared_bytes,
    CASE WHEN s.layers_known * s.images_known = 1 THEN z.unique_bytes END AS unique_bytes,
    CASE WHEN s.containers_known = 1 THEN COALESCE(c.containers, 0) END AS containers,
    z.layers,
    CASE
        WHEN s.names_known * s.images_known = 0 THEN NULL
        WHEN s.kind = 'containerd'
            THEN CASE WHEN n.engine_image_id IS NULL THEN 1 ELSE 0 END
        WHEN n.tags IS NULL
            AND NOT EXISTS (
                SELECT 1
                FROM store_images AS child
                WHERE child.store_id = si.store_id
                    AND child.engine_parent_id = si.engine_image_id
            )
            THEN 1
        ELSE 0
    END AS dangling,
    si.last_tagged_at,
    i.architecture,
    i.os,
    s.root_path,
    si.engine_image_id,
    si.engine_parent_id
FROM store_images AS si
JOIN active_stores AS s ON s.store_id = si.store_id
LEFT JOIN images AS i ON i.image_id = si.image_id
JOIN image_sizes AS z
    ON z.store_id = si.store_id
    AND z.engine_image_id = si.engine_image_id
LEFT JOIN image_references AS n
    ON n.store_id = si.store_id
    AND n.engine_image_id = si.engine_image_id
LEFT JOIN image_containers AS c
    ON c.store_id = si.store_id
    AND c.engine_image_id = si.engine_image_id
ORDER BY s.host, i.created_at DESC NULLS LAST, si.engine_image_id, s.root_path
