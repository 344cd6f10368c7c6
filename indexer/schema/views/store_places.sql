-- title: Paths of stores in problems
-- description: The path of each store relative to its Docker root, or the full path of a store
--   outside the root, with a slash at the end; empty for the Docker root itself. Paths of problems
--   begin this way.
SELECT
    s.store_id,
    s.root_id,
    s.kind,
    s.driver,
    s.layer_prefix,
    r.busy_since,
    r.last_synced_at,
    CASE
        WHEN s.base_path = r.path THEN ''
        WHEN SUBSTR(s.base_path, 1, LENGTH(r.path) + 1) = r.path || '/'
            THEN SUBSTR(s.base_path, LENGTH(r.path) + 2) || '/'
        ELSE s.base_path || '/'
    END AS place
FROM stores AS s
JOIN roots AS r ON r.root_id = s.root_id
