-- title: All names of the images of a store
-- description: Every name of each image in each store: the ID that the engine shows and the image
--   ID, with and without algorithm, and the tags and digest references of this store, familiar and
--   full. The beginning of an ID also stands for the image if it is at least as long as the least
--   length here, which is 4 digits; other names must be given in full.
SELECT
    store_id,
    engine_image_id,
    'id' AS kind,
    engine_image_id AS name,
    11 AS least_length
FROM store_images
UNION ALL
SELECT
    store_id,
    engine_image_id,
    'id' AS kind,
    SUBSTR(engine_image_id, 8) AS name,
    4 AS least_length
FROM store_images
UNION ALL
SELECT
    store_id,
    engine_image_id,
    'id' AS kind,
    image_id AS name,
    11 AS least_length
FROM held_images
WHERE image_id <> engine_image_id
UNION ALL
SELECT
    store_id,
    engine_image_id,
    'id' AS kind,
    SUBSTR(image_id, 8) AS name,
    4 AS least_length
FROM held_images
WHERE image_id <> engine_image_id
UNION ALL
SELECT
    t.store_id,
    t.engine_image_id,
    'tag' AS kind,
    r.familiar_name || ':' || t.tag AS name,
    NULL AS least_length
FROM tags AS t
JOIN repositories AS r ON r.repository = t.repository
UNION ALL
SELECT
    store_id,
    engine_image_id,
    'tag' AS kind,
    repository || ':' || tag AS name,
    NULL AS least_length
FROM tags
UNION ALL
SELECT
    t.store_id,
    t.engine_image_id,
    'tag' AS kind,
    r.familiar_name AS name,
    NULL AS least_length
FROM tags AS t
JOIN repositories AS r ON r.repository = t.repository
WHERE t.tag = 'latest'
UNION ALL
SELECT
    store_id,
    engine_image_id,
    'tag' AS kind,
    repository AS name,
    NULL AS least_length
FROM tags
WHERE tag = 'latest'
UNION ALL
SELECT
    d.store_id,
    d.engine_image_id,
    'digest' AS kind,
    r.familiar_name || '@' || d.digest AS name,
    NULL AS least_length
FROM repo_digests AS d
JOIN repositories AS r ON r.repository = d.repository
UNION ALL
SELECT
    store_id,
    engine_image_id,
    'digest' AS kind,
    repository || '@' || digest AS name,
    NULL AS least_length
FROM repo_digests
UNION ALL
SELECT
    store_id,
    engine_image_id,
    'digest' AS kind,
    digest AS name,
    NULL AS least_length
FROM repo_digests
