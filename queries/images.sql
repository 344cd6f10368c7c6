-- title: Images
-- description: Every image with its names and sizes, untagged and intermediate ones too. Shared
--   bytes are of layers that another image of the same store has; unique bytes are the rest.
--   Dangling means without tag and without child, as `docker images --filter dangling=true`.
SELECT
    s.host,
    si.image_id,
    n.tags,
    n.digests,
    si.parent_id,
    i.created_at,
    z.size_bytes,
    z.shared_bytes,
    z.unique_bytes,
    COALESCE(c.containers, 0) AS containers,
    z.layers,
    CASE
        WHEN n.tags IS NULL
            AND NOT EXISTS (
                SELECT 1
                FROM store_images AS child
                WHERE child.store_id = si.store_id
                    AND child.parent_id = si.image_id
            )
            THEN 1
        ELSE 0
    END AS dangling,
    si.last_tagged_at,
    i.architecture,
    i.os,
    s.root_path
FROM store_images AS si
JOIN active_stores AS s ON s.store_id = si.store_id
JOIN images AS i ON i.image_id = si.image_id
JOIN image_sizes AS z ON z.store_id = si.store_id AND z.image_id = si.image_id
LEFT JOIN image_references AS n ON n.store_id = si.store_id AND n.image_id = si.image_id
LEFT JOIN image_containers AS c ON c.store_id = si.store_id AND c.image_id = si.image_id
ORDER BY s.host, i.created_at DESC NULLS LAST, si.image_id, s.root_path
