-- title: Layers that something other than an image holds
-- description: Layers below the read-write layer of a container, a builder or an image mount, and
--   layers that the build cache holds. They stay on the disk whatever happens to the image.
WITH RECURSIVE holders AS (
    SELECT store_id, parent_chain_id AS chain_id
    FROM mounts
    WHERE parent_chain_id IS NOT NULL
    UNION
    SELECT store_id, chain_id
    FROM build_snapshots
    WHERE chain_id IS NOT NULL
    UNION
    SELECT store_id, chain_id
    FROM build_records
    WHERE chain_id IS NOT NULL
),
held (store_id, chain_id) AS (
    SELECT store_id, chain_id
    FROM holders
    UNION
    SELECT h.store_id, l.parent_chain_id
    FROM held AS h
    JOIN layers AS l ON l.chain_id = h.chain_id
    WHERE l.parent_chain_id IS NOT NULL
)
SELECT store_id, chain_id
FROM held
