-- title: Read-write layers that lie too deep
-- description: Entries below layerdb/mounts that are not right in it.
SELECT
    s.store_id,
    'mount' AS object_kind,
    m.name AS object_id,
    'image/' || s.driver || '/layerdb/mounts/' || m.name AS path,
    'image/' || s.driver || '/layerdb/mounts/' || m.name
        || ' lies deeper than the engine looks when it starts; nothing removes it then.'
        AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN mounts AS m ON m.store_id = s.store_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND m.name LIKE '%/%'
ORDER BY s.store_id, m.name
