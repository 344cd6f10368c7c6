-- title: Layers that the engine cannot load
-- description: Layers of the layer store that have a missing layer anywhere below them, with that
--   missing layer.
WITH RECURSIVE broken (store_id, chain_id, lacking_chain_id) AS (
    SELECT l.store_id, l.chain_id, l.recorded_parent
    FROM store_layers AS l
    LEFT JOIN store_layers AS p ON p.store_id = l.store_id AND p.chain_id = l.recorded_parent
    WHERE l.recorded_parent IS NOT NULL
        AND p.chain_id IS NULL
    UNION
    SELECT c.store_id, c.chain_id, b.lacking_chain_id
    FROM broken AS b
    JOIN store_layers AS c ON c.store_id = b.store_id AND c.recorded_parent = b.chain_id
)
SELECT store_id, chain_id, lacking_chain_id
FROM broken
