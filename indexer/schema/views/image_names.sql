-- title: All names of images
-- description: Every name of each image: IDs with and without algorithm, tags and digest references
--   in familiar and full form. The beginning of an ID also stands for the image if it is at least
--   as long as the least length here, which is 4 digits; tags and digest references have no least
--   length and must be given in full.
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
