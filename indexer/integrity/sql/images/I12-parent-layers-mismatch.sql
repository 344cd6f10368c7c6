-- title: Parents with other layers
-- description: Images that do not begin with all layers of their noted parent.
SELECT
    s.store_id,
    'image' AS object_kind,
    si.image_id AS object_id,
    'image/' || s.driver || '/imagedb/metadata/sha256/' || SUBSTR(si.image_id, 8) || '/parent'
        AS path,
    'image/' || s.driver || '/imagedb/metadata/sha256/' || SUBSTR(si.image_id, 8)
        || '/parent names the image ' || si.parent_id
        || ', whose layers this image does not have; its ancestry is wrong.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN store_images AS si ON si.store_id = s.store_id
JOIN images AS p ON p.image_id = si.parent_id
LEFT JOIN image_layers AS il
    ON il.image_id = si.image_id
    AND il.position = p.layer_count
    AND il.chain_id = p.top_chain_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND p.layer_count > 0
    AND il.image_id IS NULL
ORDER BY s.store_id, si.image_id
