-- title: Layers that a mount holds
-- description: Layers below the read-write layer of a container, a builder or an image mount.
--   They stay on the disk while the mount is there, whatever happens to the image.
WITH RECURSIVE held (store_id, chain_id) AS (
    SELECT store_id, parent_chain_id
    FROM mounts
    WHERE parent_chain_id IS NOT NULL
    UNION
    SELECT h.store_id, l.parent_chain_id
    FROM held AS h
    JOIN layers AS l ON l.chain_id = h.chain_id
    WHERE l.parent_chain_id IS NOT NULL
)
SELECT store_id, chain_id
FROM held
