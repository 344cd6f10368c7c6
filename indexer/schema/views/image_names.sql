-- title: What an image can be called
-- description: Every name of each image: IDs with and without algorithm, tags and digest
--   references in familiar and full form. A beginning of a name means the image too if it has the
--   least length for one: 4 digits for IDs, none for other names.
WITH shown AS (
    SELECT DISTINCT image_id, engine_image_id
    FROM held_images
    WHERE engine_image_id <> image_id
),
behind AS (
    SELECT DISTINCT image_id, manifest_digest
    FROM image_manifests
    WHERE image_id IS NOT NULL
)
SELECT
    image_id,
    'id' AS kind,
    image_id AS name,
    11 AS least_length
FROM images
UNION ALL
SELECT
    image_id,
    'id' AS kind,
    SUBSTR(image_id, 8) AS name,
    4 AS least_length
FROM images
UNION ALL
SELECT
    image_id,
    'id' AS kind,
    engine_image_id AS name,
    11 AS least_length
FROM shown
UNION ALL
SELECT
    image_id,
    'id' AS kind,
    SUBSTR(engine_image_id, 8) AS name,
    4 AS least_length
FROM shown
UNION ALL
SELECT
    image_id,
    'digest' AS kind,
    manifest_digest AS name,
    NULL AS least_length
FROM behind
UNION ALL
SELECT
    t.image_id,
    'tag' AS kind,
    r.familiar_name || ':' || t.tag AS name,
    NULL AS least_length
FROM tags AS t
JOIN repositories AS r ON r.repository = t.repository
WHERE t.image_id IS NOT NULL
UNION ALL
SELECT
    image_id,
    'tag' AS kind,
    repository || ':' || tag AS name,
    NULL AS least_length
FROM tags
WHERE image_id IS NOT NULL
UNION ALL
SELECT
    t.image_id,
    'tag' AS kind,
    r.familiar_name AS name,
    NULL AS least_length
FROM tags AS t
JOIN repositories AS r ON r.repository = t.repository
WHERE t.tag = 'latest'
    AND t.image_id IS NOT NULL
UNION ALL
SELECT
    image_id,
    'tag' AS kind,
    repository AS name,
    NULL AS least_length
FROM tags
WHERE tag = 'latest'
    AND image_id IS NOT NULL
UNION ALL
SELECT
    d.image_id,
    'digest' AS kind,
    r.familiar_name || '@' || d.digest AS name,
    NULL AS least_length
FROM repo_digests AS d
JOIN repositories AS r ON r.repository = d.repository
WHERE d.image_id IS NOT NULL
UNION ALL
SELECT
    image_id,
    'digest' AS kind,
    repository || '@' || digest AS name,
    NULL AS least_length
FROM repo_digests
WHERE image_id IS NOT NULL
UNION ALL
SELECT
    image_id,
    'digest' AS kind,
    digest AS name,
    NULL AS least_length
FROM repo_digests
WHERE image_id IS NOT NULL
