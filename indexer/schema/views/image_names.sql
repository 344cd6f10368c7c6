-- title: What an image can be called
-- description: Every name of each image: IDs with and without algorithm, tags and digest
--   references in familiar and full form. Any beginning of a name of kind id means the image too.
SELECT image_id, 'id' AS kind, image_id AS name
FROM images
UNION ALL
SELECT image_id, 'id' AS kind, SUBSTR(image_id, 8) AS name
FROM images
UNION ALL
SELECT t.image_id, 'tag' AS kind, r.familiar_name || ':' || t.tag AS name
FROM tags AS t
JOIN repositories AS r ON r.repository = t.repository
UNION ALL
SELECT image_id, 'tag' AS kind, repository || ':' || tag AS name
FROM tags
UNION ALL
SELECT t.image_id, 'tag' AS kind, r.familiar_name AS name
FROM tags AS t
JOIN repositories AS r ON r.repository = t.repository
WHERE t.tag = 'latest'
UNION ALL
SELECT image_id, 'tag' AS kind, repository AS name
FROM tags
WHERE tag = 'latest'
UNION ALL
SELECT d.image_id, 'digest' AS kind, r.familiar_name || '@' || d.digest AS name
FROM repo_digests AS d
JOIN repositories AS r ON r.repository = d.repository
UNION ALL
SELECT image_id, 'digest' AS kind, repository || '@' || digest AS name
FROM repo_digests
UNION ALL
SELECT image_id, 'digest' AS kind, digest AS name
FROM repo_digests
