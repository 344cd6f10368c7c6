-- title: A file or folder without a table of its own
SELECT
    f.kind AS type,
    f.label AS name,
    f.about,
    f.modified_at,
    r.path || '/' || f.path AS path
FROM other_files AS f
JOIN roots AS r ON r.root_id = f.root_id
WHERE f.root_id = :root_id
    AND f.path = :id
