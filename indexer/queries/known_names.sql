-- title: Names that a parameter can mean
-- description: Each name in one of two ranges (names as given, and digests with their algorithm),
--   with the kind and the ID of what it names.
SELECT DISTINCT name, name_kind, kind, id
FROM known_names
WHERE name BETWEEN CAST(:name AS TEXT) AND CAST(:last_name AS TEXT)
    OR name BETWEEN CAST(:digest AS TEXT) AND CAST(:last_digest AS TEXT)
UNION
SELECT image_id, 'image ID', 'image', image_id
FROM images
WHERE image_id BETWEEN CAST(:digest AS TEXT) AND CAST(:last_digest AS TEXT)
UNION
SELECT repository, 'repository', 'repository', repository
FROM repositories
WHERE CAST(:name AS TEXT) IN (repository, familiar_name)
ORDER BY name, name_kind, kind, id
