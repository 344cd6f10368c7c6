-- title: Containers per image
-- description: The number of containers, running or not, of each image in each store. With
--   containerd, a container counts for every image that its manifest belongs to.
WITH uses AS (
    SELECT
        c.store_id,
        c.engine_image_id,
        c.root_id,
        c.container_id
    FROM containers AS c
    WHERE c.store_id IS NOT NULL
        AND c.engine_image_id IS NOT NULL
        AND c.manifest_digest IS NULL
    UNION
    SELECT
        im.store_id,
        im.engine_image_id,
        c.root_id,
        c.container_id
    FROM containers AS c
    JOIN image_manifests AS im
        ON im.store_id = c.store_id
        AND im.manifest_digest = c.manifest_digest
)
SELECT
    store_id,
    engine_image_id,
    COUNT(*) AS containers
FROM uses
GROUP BY store_id, engine_image_id
