-- title: Disk usage
-- description: What fills the disk, every byte of the root and its containerd root in one row.
--   Images, containers, volumes and build cache are counted as `docker system df` counts
--   them: reclaimable of images is their size less what only images with a container have; with
--   containerd it is what only images without a container have, and both are as engines count them
--   from 29.6.0 on (reclaimable: from 29.4.0 on). The rest is what it leaves out. Disk bytes are
--   what `dockidx sync --du` measured, and when: together they are what `du -sx -B1` says. Every
--   number is empty where what it depends on could not be read or was not measured. A container
--   without a read-write layer counts 0, as with the engine.
SELECT
    r.host,
    u.category,
    u.items,
    u.active,
    u.size_bytes,
    u.reclaimable_bytes,
    u.disk_bytes,
    u.freed_by,
    r.path AS root_path,
    u.measured_at
FROM usage_by_category AS u
JOIN roots AS r ON r.root_id = u.root_id
ORDER BY r.host, r.path, u.place
