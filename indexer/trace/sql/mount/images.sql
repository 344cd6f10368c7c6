-- title: Images below the read-write layer
SELECT
    h.image_id,
    n.tags
FROM mounts AS m
JOIN images AS i ON i.top_chain_id = m.parent_chain_id
JOIN held_images AS h ON h.store_id = m.store_id AND h.image_id = i.image_id
LEFT JOIN image_references AS n
    ON n.store_id = h.store_id
    AND n.engine_image_id = h.engine_image_id
WHERE m.store_id = :store_id
    AND m.name = :id
ORDER BY n.tags NULLS LAST, h.image_id
