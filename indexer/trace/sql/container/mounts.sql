-- title: Mounts of the container
SELECT
    type,
    source,
    name AS volume,
    destination,
    rw
FROM container_mounts
WHERE root_id = :root_id
    AND container_id = :id
ORDER BY destination
