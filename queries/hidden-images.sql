-- title: Images that the engine does not list
-- description: Images in stores that the engine does not use, with the reason; for example the
--   images that a switch to the containerd image store left behind. They take up disk space, but no
--   docker command shows them.
SELECT
    r.host,
    s.name AS store,
    si.image_id,
    n.tags,
    z.size_bytes,
    CASE
        WHEN same.engine_image_id IS NOT NULL
            THEN 'the engine uses ' || u.driver || ', which has this image too'
        WHEN u.driver IS NOT NULL THEN 'the engine uses ' || u.driver || ' and not ' || s.driver
        ELSE 'no store of the root is known to be in use'
    END AS reason,
    si.engine_image_id
FROM store_images AS si
JOIN stores AS s ON s.store_id = si.store_id
JOIN roots AS r ON r.root_id = s.root_id
LEFT JOIN stores AS u ON u.root_id = s.root_id AND u.active = 1
LEFT JOIN (
    SELECT store_id, image_id, MIN(engine_image_id) AS engine_image_id
    FROM held_images
    GROUP BY store_id, image_id
) AS same ON same.store_id = u.store_id AND same.image_id = si.image_id
JOIN image_sizes AS z
    ON z.store_id = si.store_id
    AND z.engine_image_id = si.engine_image_id
LEFT JOIN image_references AS n
    ON n.store_id = si.store_id
    AND n.engine_image_id = si.engine_image_id
WHERE s.active = 0
ORDER BY r.host, s.name, z.size_bytes DESC, si.engine_image_id
