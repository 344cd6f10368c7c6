-- title: Removal of content that nothing refers to
-- description: Deletes repositories that no name uses, and images and layers that are in no store.
--   If a name, a container or a child still refers to an image, only its ID stays. Values of
--   environment variables are deleted when no root that was synced with them has the image any
--   more.

DELETE FROM repositories
WHERE repository NOT IN (
    SELECT repository FROM tags
    UNION
    SELECT repository FROM repo_digests
);

CREATE TEMPORARY TABLE held_image_ids AS
SELECT image_id FROM store_images WHERE image_id IS NOT NULL
UNION
SELECT image_id FROM image_manifests WHERE image_id IS NOT NULL;

DELETE FROM image_layers WHERE image_id NOT IN (SELECT image_id FROM held_image_ids);
DELETE FROM image_history WHERE image_id NOT IN (SELECT image_id FROM held_image_ids);
DELETE FROM image_labels WHERE image_id NOT IN (SELECT image_id FROM held_image_ids);
DELETE FROM image_env WHERE image_id NOT IN (SELECT image_id FROM held_image_ids);
DELETE FROM image_ports WHERE image_id NOT IN (SELECT image_id FROM held_image_ids);
DELETE FROM image_volumes WHERE image_id NOT IN (SELECT image_id FROM held_image_ids);

DELETE FROM images
WHERE image_id NOT IN (SELECT image_id FROM held_image_ids)
    AND image_id NOT IN (
        SELECT image_id FROM tags WHERE image_id IS NOT NULL
        UNION
        SELECT image_id FROM repo_digests WHERE image_id IS NOT NULL
        UNION
        SELECT parent_id FROM store_images WHERE parent_id IS NOT NULL
        UNION
        SELECT image_id FROM containers WHERE image_id IS NOT NULL
    );

UPDATE images
SET {blank}
WHERE image_id NOT IN (SELECT image_id FROM held_image_ids)
    AND layer_count IS NOT NULL;

DROP TABLE held_image_ids;

UPDATE image_env
SET value = NULL
WHERE value IS NOT NULL
    AND image_id NOT IN (
        SELECT i.image_id
        FROM store_images AS i
        JOIN stores AS s ON s.store_id = i.store_id
        JOIN roots AS r ON r.root_id = s.root_id
        WHERE i.image_id IS NOT NULL
            AND r.env_values = 1
        UNION
        SELECT m.image_id
        FROM image_manifests AS m
        JOIN stores AS s ON s.store_id = m.store_id
        JOIN roots AS r ON r.root_id = s.root_id
        WHERE m.image_id IS NOT NULL
            AND r.env_values = 1
    );

-- A snapshot of containerd without a known image still refers to its chain ID: keep that ID only.
UPDATE layers
SET diff_id = NULL,
    parent_chain_id = NULL
WHERE diff_id IS NOT NULL
    AND chain_id IN (
        SELECT l.chain_id
        FROM store_layers AS l
        JOIN stores AS s ON s.store_id = l.store_id
        WHERE s.kind = 'containerd'
    )
    AND chain_id NOT IN (
        SELECT chain_id FROM image_layers
        UNION
        SELECT l.chain_id
        FROM store_layers AS l
        JOIN stores AS s ON s.store_id = l.store_id
        WHERE s.kind = 'graphdriver'
    );

WITH RECURSIVE needed (chain_id) AS (
    SELECT chain_id FROM store_layers
    UNION
    SELECT chain_id FROM image_layers
    UNION
    SELECT parent_chain_id FROM mounts WHERE parent_chain_id IS NOT NULL
    UNION
    SELECT l.parent_chain_id
    FROM needed AS n
    JOIN layers AS l ON l.chain_id = n.chain_id
    WHERE l.parent_chain_id IS NOT NULL
)
DELETE FROM layers
WHERE chain_id NOT IN (SELECT chain_id FROM needed);

DELETE FROM manifest_layers
WHERE manifest_digest NOT IN (SELECT manifest_digest FROM image_manifests WHERE present = 1);

DELETE FROM manifests
WHERE manifest_digest NOT IN (SELECT manifest_digest FROM image_manifests WHERE present = 1);

DELETE FROM index_manifests
WHERE index_digest NOT IN (
        SELECT engine_image_id FROM image_manifests
        UNION
        SELECT manifest_digest FROM index_manifests
    )
    OR manifest_digest NOT IN (
        SELECT manifest_digest FROM image_manifests
        UNION
        SELECT index_digest FROM index_manifests
    )
