-- title: An interrupted write or removal, a download, or a blob that containerd does not know
SELECT
    l.kind AS type,
    l.chain_id,
    l.cache_id,
    l.modified_at,
    l.size_bytes,
    CASE l.kind
        WHEN 'removing'
            THEN s.base_path || '/image/' || s.driver || '/layerdb/sha256/' || l.name
        WHEN 'in-progress' THEN s.base_path || '/image/' || s.driver || '/layerdb/tmp/' || l.name
        ELSE s.base_path || '/io.containerd.content.v1.content/' || l.name
    END AS path,
    CASE WHEN d.directory IS NOT NULL THEN s.base_path || '/' || s.layer_prefix || l.cache_id END
        AS directory,
    CASE l.kind
        WHEN 'removing' THEN 'a layer whose removal is in progress or failed'
        WHEN 'in-progress' THEN 'a layer write in progress, or one cut short'
        WHEN 'ingest' THEN 'a download in progress, or one cut short'
        ELSE 'a blob that no namespace of containerd knows'
    END AS about
FROM leftovers AS l
JOIN stores AS s ON s.store_id = l.store_id
LEFT JOIN directories AS d ON d.store_id = l.store_id AND d.directory = l.cache_id
WHERE l.store_id = :store_id
    AND l.name = :id
