-- title: Everything that goes by a name
-- param: name text ID without its algorithm, or a name.
-- param: prefix integer 1 where more may follow, if it is an ID.
SELECT
    n.kind,
    n.id,
    r.host,
    r.root_id,
    n.store_id,
    n.name_kind
FROM known_names AS n
LEFT JOIN stores AS s ON s.store_id = n.store_id
JOIN roots AS r ON r.root_id = COALESCE(n.root_id, s.root_id)
WHERE n.name = :name
    OR (
        :prefix = 1
        AND SUBSTR(n.name, 1, LENGTH(:name)) = :name
        AND (
            n.name_kind NOT IN ('tag', 'digest', 'container name', 'volume name')
            OR (
                n.name_kind = 'volume name'
                AND LENGTH(n.name) = 64
                AND LTRIM(n.name, '0123456789abcdef') = ''
            )
        )
    )
ORDER BY n.kind, n.id, r.host, r.path, n.store_id, n.name_kind
