-- title: Containers that mount a path or volume
-- description: Containers, running or not, that mount a host path, anything below that path, or a
--   volume.
-- param: source source Host path, volume name, or at least the first 4 digits of an anonymous
--   volume; empty for all.
WITH asked AS (
    SELECT given.source, RTRIM(given.source, '/') AS path
    FROM (
        SELECT COALESCE(CAST(:source AS TEXT), '') AS source
    ) AS given
),
mounted AS (
    SELECT
        r.host,
        c.name AS container_name,
        m.type,
        CASE
            WHEN m.source IS NULL AND m.type = 'volume' AND COALESCE(m.driver, 'local') = 'local'
                THEN COALESCE(r.engine_path, r.path) || '/volumes/' || m.name || '/_data'
            ELSE m.source
        END AS source,
        m.destination,
        m.rw,
        m.name AS volume,
        c.privileged,
        c.state,
        c.container_id
    FROM container_mounts AS m
    JOIN containers AS c ON c.root_id = m.root_id AND c.container_id = m.container_id
    JOIN roots AS r ON r.root_id = m.root_id
)
SELECT mounted.*
FROM mounted
CROSS JOIN asked
WHERE asked.source = ''
    OR asked.path IN (mounted.source, mounted.volume)
    OR SUBSTR(mounted.source, 1, LENGTH(asked.path) + 1) = asked.path || '/'
    OR (
        LENGTH(asked.path) >= 4
        AND LENGTH(mounted.volume) = 64
        AND LTRIM(mounted.volume, '0123456789abcdef') = ''
        AND SUBSTR(mounted.volume, 1, LENGTH(asked.path)) = asked.path
    )
ORDER BY
    mounted.host,
    mounted.container_name NULLS FIRST,
    mounted.destination,
    mounted.container_id
