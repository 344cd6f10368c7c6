-- title: Changes
-- description: What was added, removed or changed between one sync and the next, newest first. The
--   first sync of a root is the baseline and has no changes.
-- param: since time Time or date (UTC), e.g. 2026-11-24; empty for all.
SELECT
    c.at,
    r.host,
    c.object_kind,
    c.object_key,
    c.change,
    c.field,
    c.before,
    c.after,
    r.path AS root_path
FROM changes AS c
JOIN roots AS r ON r.root_id = c.root_id
WHERE c.at >= COALESCE(CAST(:since AS TEXT), '')
ORDER BY c.at DESC, r.host, r.path, c.position
