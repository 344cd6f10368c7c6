-- title: Layers that are below themselves
-- description: Layers that lead back to themselves along their noted parents. A circle needs a
--   layer that is not named after its parent, so that only from these it has to be followed.
WITH RECURSIVE odd AS (
    SELECT k.store_id, k.chain_id, k.recorded_parent
    FROM store_layers AS k
    JOIN layers AS l ON l.chain_id = k.chain_id
    WHERE k.recorded_parent IS NOT NULL
        AND (l.parent_chain_id IS NULL OR l.parent_chain_id <> k.recorded_parent)
),
ancestors (store_id, chain_id, ancestor_id) AS (
    SELECT store_id, chain_id, recorded_parent
    FROM odd
    UNION
    SELECT a.store_id, a.chain_id, k.recorded_parent
    FROM ancestors AS a
    JOIN store_layers AS k ON k.store_id = a.store_id AND k.chain_id = a.ancestor_id
    WHERE k.recorded_parent IS NOT NULL
)
SELECT
    s.store_id,
    'layer' AS object_kind,
    a.chain_id AS object_id,
    'image/' || s.driver || '/layerdb/sha256/' || SUBSTR(a.chain_id, 8) || '/parent' AS path,
    'image/' || s.driver || '/layerdb/sha256/' || SUBSTR(a.chain_id, 8)
        || '/parent leads back to its own layer; the engine does not start.' AS message,
    CAST(NULL AS TEXT) AS severity,
    CAST(NULL AS TEXT) AS missing
FROM stores AS s
JOIN ancestors AS a ON a.store_id = s.store_id
WHERE s.root_id = :root_id
    AND s.kind = 'graphdriver'
    AND a.ancestor_id = a.chain_id
ORDER BY s.store_id, a.chain_id
