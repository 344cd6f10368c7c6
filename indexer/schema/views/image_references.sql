-- title: Tags and digests of images
-- description: The tags and the digest references of each image in each store, each as one sorted
--   text.
WITH tag_lists AS (
    SELECT
        t.store_id,
        t.engine_image_id,
        GROUP_CONCAT(r.familiar_name || ':' || t.tag, ' ') OVER (
            PARTITION BY t.store_id, t.engine_image_id
            ORDER BY r.familiar_name || ':' || t.tag
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS tags
    FROM tags AS t
    JOIN repositories AS r ON r.repository = t.repository
),
digest_lists AS (
    SELECT
        d.store_id,
        d.engine_image_id,
        GROUP_CONCAT(r.familiar_name || '@' || d.digest, ' ') OVER (
            PARTITION BY d.store_id, d.engine_image_id
            ORDER BY r.familiar_name || '@' || d.digest
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS digests
    FROM repo_digests AS d
    JOIN repositories AS r ON r.repository = d.repository
),
lists AS (
    SELECT store_id, engine_image_id, tags, NULL AS digests
    FROM tag_lists
    UNION ALL
    SELECT store_id, engine_image_id, NULL AS tags, digests
    FROM digest_lists
)
SELECT
    store_id,
    engine_image_id,
    MAX(tags) AS tags,
    MAX(digests) AS digests
FROM lists
GROUP BY store_id, engine_image_id
