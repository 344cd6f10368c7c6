-- title: How two points in time differ
-- description: The net difference between the state after one time and the state after another. An
--   object that came and went in between is left out. If a value changed several times, only its
--   first and last value are shown.
-- param: since time Time of the first state (UTC); a date means its beginning; empty for the first
--   sync.
-- param: until time Time of the second state (UTC); a date means its end; empty for now.
WITH asked AS (
    SELECT
        COALESCE(CAST(:since AS TEXT), '') AS since,
        COALESCE(CAST(:until AS TEXT), '') AS until
),
between_times AS (
    SELECT
        c.root_id,
        c.at,
        c.position,
        c.object_kind,
        c.object_key,
        c.change,
        COALESCE(c.field, '') AS field,
        c.before,
        c.after,
        ROW_NUMBER() OVER (
            PARTITION BY c.root_id, c.object_kind, c.object_key
            ORDER BY c.at, c.position
        ) AS number,
        ROW_NUMBER() OVER (
            PARTITION BY c.root_id, c.object_kind, c.object_key
            ORDER BY c.at DESC, c.position DESC
        ) AS number_from_last,
        ROW_NUMBER() OVER (
            PARTITION BY c.root_id, c.object_kind, c.object_key, c.field
            ORDER BY c.at, c.position
        ) AS field_number,
        ROW_NUMBER() OVER (
            PARTITION BY c.root_id, c.object_kind, c.object_key, c.field
            ORDER BY c.at DESC, c.position DESC
        ) AS field_number_from_last
    FROM changes AS c
    CROSS JOIN asked
    WHERE c.at > asked.since
        AND (
            asked.until = ''
            OR (SUBSTR(asked.until, 1, 1) BETWEEN '0' AND '9' AND c.at <= asked.until || 'Z')
        )
),
objects AS (
    SELECT
        root_id,
        object_kind,
        object_key,
        MAX(CASE WHEN number = 1 AND change = 'added' THEN 1 ELSE 0 END) AS is_new,
        MAX(CASE WHEN number_from_last = 1 AND change = 'removed' THEN 1 ELSE 0 END) AS is_gone
    FROM between_times
    GROUP BY root_id, object_kind, object_key
),
differences AS (
    SELECT
        root_id,
        object_kind,
        object_key,
        CASE WHEN is_gone = 1 THEN 'removed' ELSE 'added' END AS change,
        NULL AS field,
        NULL AS before,
        NULL AS after
    FROM objects
    WHERE is_new <> is_gone
    UNION ALL
    SELECT
        b.root_id,
        b.object_kind,
        b.object_key,
        'changed' AS change,
        b.field,
        b.before,
        e.after
    FROM between_times AS b
    JOIN between_times AS e
        ON e.root_id = b.root_id
        AND e.object_kind = b.object_kind
        AND e.object_key = b.object_key
        AND e.field = b.field
    JOIN objects AS o
        ON o.root_id = b.root_id
        AND o.object_kind = b.object_kind
        AND o.object_key = b.object_key
    WHERE b.change = 'changed'
        AND e.change = 'changed'
        AND b.field_number = 1
        AND e.field_number_from_last = 1
        AND o.is_new = 0
        AND o.is_gone = 0
        AND COALESCE(b.before, '') <> COALESCE(e.after, '')
)
SELECT
    r.host,
    d.object_kind,
    d.object_key,
    d.change,
    d.field,
    d.before,
    d.after,
    r.path AS root_path
FROM differences AS d
JOIN roots AS r ON r.root_id = d.root_id
ORDER BY r.host, r.path, d.object_kind, d.object_key, d.change, d.field NULLS FIRST
