-- title: Containers that the engine lists
-- description: Containers of the store that the engine uses. Containers of a graph driver that it
--   no longer uses are on the disk, but `docker ps --all` does not list them. A container without a
--   driver was made by a very old engine, and an engine on aufs (until 23.0) loads it as its own.
WITH used AS (
    SELECT root_id, driver
    FROM stores
    WHERE active = 1
)
SELECT
    c.root_id,
    c.container_id
FROM containers AS c
LEFT JOIN stores AS s ON s.store_id = c.store_id
LEFT JOIN used AS u ON u.root_id = c.root_id
WHERE s.active = 1
    OR (
        c.store_id IS NULL
        AND (u.driver IS NULL OR u.driver = COALESCE(c.driver, 'aufs'))
    )
