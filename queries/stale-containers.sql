-- title: Containers whose tag has moved
-- description: Containers created from a tag that now means another image. The image of the tag is
--   empty if the tag no longer exists.
SELECT
    r.host,
    c.name AS container_name,
    c.image_name AS tag,
    c.image_id AS running_image_id,
    t.image_id AS tag_image_id,
    c.state,
    c.created_at,
    c.container_id
FROM containers AS c
JOIN roots AS r ON r.root_id = c.root_id
JOIN listed_containers AS k
    ON k.root_id = c.root_id
    AND k.container_id = c.container_id
LEFT JOIN tags AS t
    ON t.store_id = c.store_id
    AND t.repository = c.image_repository
    AND t.tag = c.image_tag
WHERE c.store_id IS NOT NULL
    AND c.image_tag IS NOT NULL
    AND SUBSTR(c.engine_image_id, 1, LENGTH(c.image_name)) <> c.image_name
    AND SUBSTR(c.engine_image_id, 8, LENGTH(c.image_name)) <> c.image_name
    AND (t.engine_image_id IS NULL OR t.engine_image_id <> c.engine_image_id)
ORDER BY r.host, c.name NULLS FIRST, c.container_id
