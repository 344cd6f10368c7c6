-- title: Images that the engine cannot load
-- description: Images whose top layer is not in the layer store, or is one that cannot be loaded.
SELECT si.store_id, si.image_id
FROM store_images AS si
JOIN images AS i ON i.image_id = si.image_id
LEFT JOIN store_layers AS l ON l.store_id = si.store_id AND l.chain_id = i.top_chain_id
WHERE i.top_chain_id IS NOT NULL
    AND (
        l.chain_id IS NULL
        OR (l.store_id, l.chain_id) IN (SELECT store_id, chain_id FROM unloadable_layers)
    )
