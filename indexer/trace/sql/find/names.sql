-- title: Objects with a name in one of two ranges
-- param: name text First name of the range, which is an ID or another name.
-- param: last_name text Last name of the range.
-- param: digest text First digest of the range, with the algorithm.
-- param: last_digest text Last digest of the range.
-- param: prefix integer 1 if a longer ID also matches.
SELECT
    n.kind,
    n.id,
    r.host,
    r.root_id,
    n.store_id,
    n.name_kind,
    s.driver,
    n.name
FROM known_names AS n
LEFT JOIN stores AS s ON s.store_id = n.store_id
JOIN roots AS r ON r.root_id = COALESCE(n.root_id, s.root_id)
WHERE (
        n.name BETWEEN CAST(:name AS TEXT) AND CAST(:last_name AS TEXT)
        OR n.name BETWEEN CAST(:digest AS TEXT) AND CAST(:last_digest AS TEXT)
    )
    AND (
        :prefix = 0
        OR n.name = CAST(:name AS TEXT)
        OR n.name_kind NOT IN (
            'tag', 'digest', 'container name', 'volume name', 'plugin name', 'file',
            'leftover name', 'snapshot key', 'mount name'
        )
        OR (
            n.name_kind IN ('volume name', 'mount name')
            AND LENGTH(n.name) = 64
            AND LTRIM(n.name, '0123456789abcdef') = ''
        )
    )
ORDER BY n.kind, n.id, r.host, r.path, n.store_id, n.name_kind
