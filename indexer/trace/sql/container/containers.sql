-- title: The container, as in the lists of other things
SELECT
    container_id,
    name,
    state,
    image_id
FROM containers
WHERE root_id = :root_id
    AND container_id = :id
