-- title: Read-write layers on the wrong layer
-- description: Entries in layerdb/mounts whose parent is not there or cannot be loaded, and those
--   of containers whose parent is not the top layer of the container's image.
WITH placed AS (
    SELECT
        m.store_id,
        m.name,
        m.parent_chain_id,
        i.layer_count,
        i.top_chain_id,
        CASE
            WHEN m.parent_chain_id IS NULL THEN 0
            WHEN l.chain_id IS NULL THEN 1
            WHEN u.chain_id IS NOT NULL THEN 1
            ELSE 0
        END AS is_lost,
        COALESCE(u.lacking_chain_id, m.parent_chain_id) AS lacking_chain_id
    FROM mounts AS m
    LEFT JOIN store_layers AS l ON l.store_id = m.store_id AND l.chain_id = m.parent_chain_id
    LEFT JOIN unloadable_layers AS u
        ON u.store_id = m.store_id
        AND u.chain_id = m.parent_chain_id
    LEFT JOIN containers AS c ON c.store_id = m.store_id AND c.container_id = m.name
    LEFT JOIN images AS i ON i.image_id = c.image_id
)
SELECT
    s.store_id,
    'mount' AS object_kind,
    m.name AS object_id,
    'image/' || s.driver || '/layerdb/mounts/' || m.name || '/parent' AS path,
    'image/' || s.driver || '/layerdb/mounts/' || m.name || '/parent '
        || CASE
            WHEN m.is_lost = 1
                THEN 'names a layer, but image/' || s.driver || '/layerdb/sha256/'
                    || SUBSTR(m.lacking_chain_id, 8)
                    || ' is missing or damaged; the container cannot start.'
            ELSE COALESCE('names ' || m.parent_chain_id, 'is missing') || ', but the image has '
                || COALESCE(m.top_chain_id, 'no layer')
                || '; the container runs on other files than its image has.'
        END AS message,
    CASE WHEN m.is_lost = 0 THEN 'warning' END AS severity,
    m.lacking_chain_id AS missing
FROM stores AS s
JOIN placed AS m ON m.store_id = s.store_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND (
        m.is_lost = 1
        OR (
            m.layer_count IS NOT NULL
            AND COALESCE(m.parent_chain_id, '') <> COALESCE(m.top_chain_id, '')
        )
    )
ORDER BY s.store_id, m.name
