-- title: What is reported of a thing, or of the path that was asked about
SELECT
    severity,
    rule,
    path,
    message
FROM problems
WHERE root_id = :root_id
    AND (object_id = :id OR path = :path OR path = :id)
ORDER BY rule, path
