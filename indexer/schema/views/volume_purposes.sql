-- title: Purposes of volumes
-- description: Volumes whose name tells that another tool keeps its data there: the build cache of
--   a buildx builder, which `docker builder prune` does not reach. The digits at the end of the
--   name number the nodes of the builder.
WITH builders AS (
    SELECT
        root_id,
        name,
        SUBSTR(name, 17, LENGTH(name) - 22) AS node
    FROM volumes
    WHERE SUBSTR(name, 1, 16) = 'buildx_buildkit_'
        AND SUBSTR(name, LENGTH(name) - 5) = '_state'
        AND LENGTH(name) > 22
)
SELECT
    root_id,
    name,
    'cache of the buildx builder ' || RTRIM(node, '0123456789') || ' (node ' || node || '); '
        || '`docker buildx rm ' || RTRIM(node, '0123456789') || '` or, where the builder is gone, '
        || '`docker volume rm ' || name || '` frees it, `docker builder prune` does not'
        AS purpose
FROM builders
