-- title: Where stores lie, as problems name it
-- description: The place of each store relative to its Docker root, or as a whole path where it
--   lies outside, with a slash at its end; empty for the Docker root itself.
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
