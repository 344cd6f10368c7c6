-- title: Containers that mount the volume
SELECT
    c.container_id,
    c.name,
    c.state,
    c.image_id,
    m.destination,
    m.rw
FROM container_mounts AS m
JOIN containers AS c ON c.root_id = m.root_id AND c.container_id = m.container_id
WHERE m.root_id = :root_id
    AND m.type = 'volume'
    AND m.name = :id
ORDER BY c.name
