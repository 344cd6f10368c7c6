-- title: What removing images frees
-- description: The exact number of bytes that removing this set of images frees: the layers that
--   only these images have, and those of their untagged parents, which are removed with them. An
--   image stays if a container uses it or if an image outside the set was built on it. A layer
--   stays if a container or the build cache needs it. Bytes are empty if something that they depend
--   on could not be read.
-- param: images images Image IDs or their beginnings (at least 4 digits), tags, or digest
--   references, separated by spaces or commas.
WITH RECURSIVE asked AS (
    SELECT
        given.names,
        REPLACE(given.names, ' ', '') AS signs
    FROM (
        SELECT REPLACE(COALESCE(CAST(:images AS TEXT), ''), ',', ' ') AS names
    ) AS given
),
-- LTRIM with all characters except the space removes the first word; neither database has a split
-- function that the other one has too.
split (word, rest) AS (
    SELECT
        '' AS word,
        LTRIM(asked.names, ' ') AS rest
    FROM asked
    UNION ALL
    SELECT
        SUBSTR(split.rest, 1, LENGTH(split.rest) - LENGTH(LTRIM(split.rest, asked.signs))) AS word,
        LTRIM(LTRIM(split.rest, asked.signs), ' ') AS rest
    FROM split
    CROSS JOIN asked
    WHERE split.rest <> ''
),
words AS (
    SELECT DISTINCT word, LENGTH(word) AS length
    FROM split
    WHERE word <> ''
),
lengths AS (
    SELECT DISTINCT length
    FROM words
),
chosen AS (
    SELECT n.store_id, n.engine_image_id
    FROM store_image_names AS n
    JOIN words ON words.word = n.name
    UNION
    SELECT n.store_id, n.engine_image_id
    FROM store_image_names AS n
    JOIN lengths ON lengths.length >= n.least_length
    JOIN words ON words.word = SUBSTR(n.name, 1, lengths.length)
),
heads AS (
    SELECT si.store_id, si.engine_image_id, si.engine_parent_id
    FROM store_images AS si
    LEFT JOIN chosen
        ON chosen.store_id = si.store_id
        AND chosen.engine_image_id = si.engine_image_id
    LEFT JOIN image_containers AS c
        ON c.store_id = si.store_id
        AND c.engine_image_id = si.engine_image_id
    LEFT JOIN image_references AS n
        ON n.store_id = si.store_id
        AND n.engine_image_id = si.engine_image_id
    WHERE c.containers IS NOT NULL
        OR (
            chosen.engine_image_id IS NULL
            AND (
                n.engine_image_id IS NOT NULL
                OR NOT EXISTS (
                    SELECT 1
                    FROM store_images AS child
                    WHERE child.store_id = si.store_id
                        AND child.engine_parent_id = si.engine_image_id
                )
            )
        )
),
kept (store_id, engine_image_id, engine_parent_id) AS (
    SELECT store_id, engine_image_id, engine_parent_id
    FROM heads
    UNION
    SELECT si.store_id, si.engine_image_id, si.engine_parent_id
    FROM kept AS k
    JOIN store_images AS si
        ON si.store_id = k.store_id
        AND si.engine_image_id = k.engine_parent_id
),
parts AS (
    SELECT
        p.store_id,
        p.part_kind,
        p.part,
        p.size_bytes,
        MAX(CASE WHEN k.engine_image_id IS NULL THEN 0 ELSE 1 END) AS kept,
        MAX(CASE WHEN chosen.engine_image_id IS NULL THEN 0 ELSE 1 END) AS chosen
    FROM image_parts AS p
    LEFT JOIN kept AS k
        ON k.store_id = p.store_id
        AND k.engine_image_id = p.engine_image_id
    LEFT JOIN chosen
        ON chosen.store_id = p.store_id
        AND chosen.engine_image_id = p.engine_image_id
    GROUP BY p.store_id, p.part_kind, p.part, p.size_bytes
),
sizes AS (
    SELECT
        p.store_id,
        SUM(p.chosen * p.size_bytes) AS size_bytes,
        SUM(
            CASE WHEN p.kept = 0 AND h.part IS NULL THEN p.size_bytes ELSE 0 END
        ) AS freed_bytes
    FROM parts AS p
    LEFT JOIN gc_roots AS h
        ON h.store_id = p.store_id
        AND h.part_kind = p.part_kind
        AND h.part = p.part
    GROUP BY p.store_id
)
SELECT
    s.host,
    COUNT(*) AS images,
    CASE
        WHEN MIN(s.layers_known) = 1 THEN CAST(COALESCE(MAX(z.size_bytes), 0) AS BIGINT)
    END AS size_bytes,
    CASE
        WHEN MIN(
            s.layers_known * s.images_known * s.names_known * s.mounts_known
            * s.build_cache_known * s.containers_known
        ) = 1
            THEN CAST(COALESCE(MAX(z.freed_bytes), 0) AS BIGINT)
    END AS freed_bytes,
    s.root_path
FROM chosen
JOIN active_stores AS s ON s.store_id = chosen.store_id
LEFT JOIN sizes AS z ON z.store_id = s.store_id
GROUP BY s.store_id, s.host, s.root_path
ORDER BY s.host, s.root_path
