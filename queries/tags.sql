-- title: Tags
-- description: Every tag with the image that it means.
SELECT
    s.host,
    t.repository,
    t.tag,
    t.image_id,
    i.created_at,
    si.last_tagged_at,
    r.familiar_name || ':' || t.tag AS name,
    t.first_seen_at,
    s.root_path,
    t.engine_image_id
FROM tags AS t
JOIN active_stores AS s ON s.store_id = t.store_id
JOIN repositories AS r ON r.repository = t.repository
LEFT JOIN images AS i ON i.image_id = t.image_id
LEFT JOIN store_images AS si
    ON si.store_id = t.store_id
    AND si.engine_image_id = t.engine_image_id
ORDER BY s.host, i.created_at DESC NULLS LAST, t.repository, t.tag, s.root_path
