-- title: Containers
-- description: Every container that the engine knows, running or not. The image column shows what
--   `docker ps` shows: the name that the user typed, or the image ID if that name now means another
--   image. If the image store could not be read, it shows the name as typed.
WITH typed AS (
    SELECT
        c.root_id,
        c.container_id,
        CASE
            WHEN c.image_name IS NULL THEN c.engine_image_id
            WHEN c.store_id IS NULL THEN c.image_name
            WHEN c.engine_image_id IN (t.engine_image_id, d.engine_image_id) THEN c.image_name
            WHEN t.engine_image_id IS NOT NULL OR d.engine_image_id IS NOT NULL
                THEN c.engine_image_id
            WHEN LENGTH(c.image_name) >= 4
                AND (
                    SUBSTR(c.engine_image_id, 1, LENGTH(c.image_name)) = c.image_name
                    OR SUBSTR(c.engine_image_id, 8, LENGTH(c.image_name)) = c.image_name
                )
                THEN c.image_name
            ELSE c.engine_image_id
        END AS image
    FROM containers AS c
    LEFT JOIN tags AS t
        ON t.store_id = c.store_id
        AND t.repository = c.image_repository
        AND t.tag = c.image_tag
    LEFT JOIN repo_digests AS d
        ON d.store_id = c.store_id
        AND d.repository = c.image_repository
        AND d.digest = c.image_digest
)
SELECT
    r.host,
    c.container_id,
    c.name,
    typed.image,
    CASE WHEN c.store_id IS NULL THEN c.engine_image_id ELSE c.image_id END AS image_id,
    c.state,
    c.exit_code,
    c.created_at,
    c.started_at,
    c.finished_at,
    m.mount_id,
    c.rw_bytes,
    c.log_bytes,
    c.command,
    c.health,
    c.restart_policy,
    c.privileged,
    r.path AS root_path,
    c.engine_image_id,
    c.manifest_digest
FROM containers AS c
JOIN typed ON typed.root_id = c.root_id AND typed.container_id = c.container_id
JOIN roots AS r ON r.root_id = c.root_id
JOIN listed_containers AS k
    ON k.root_id = c.root_id
    AND k.container_id = c.container_id
LEFT JOIN mounts AS m ON m.store_id = c.store_id AND m.name = c.container_id
ORDER BY r.host, c.created_at DESC NULLS LAST, c.container_id
