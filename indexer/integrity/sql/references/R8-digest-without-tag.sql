-- title: Images with digest references alone
-- description: Digest references of images that have no tag in the same store.
SELECT
    s.store_id,
    'reference' AS object_kind,
    r.familiar_name || '@' || d.digest AS object_id,
    'image/' || s.driver || '/repositories.json' AS path,
    'image/' || s.driver || '/repositories.json has the name ' || r.familiar_name || '@'
        || d.digest || ' of an image without a tag; docker image prune removes it.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN repo_digests AS d ON d.store_id = s.store_id
JOIN repositories AS r ON r.repository = d.repository
LEFT JOIN tags AS t ON t.store_id = d.store_id AND t.image_id = d.image_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND t.image_id IS NULL
ORDER BY s.store_id, r.familiar_name, d.digest
