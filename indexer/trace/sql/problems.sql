-- title: Problems of an object, or of the path that the user gave
SELECT
    severity,
    rule,
    path,
    message
FROM problems
WHERE root_id = :root_id
    AND (object_id = :id OR path = :path OR path = :id)
ORDER BY rule, path
