"""What users and scripts rely on: the columns that the canned queries begin with, in this order."""

from typing import Final

COLUMNS: Final = {
    "images": (
        "host, image_id, tags, digests, parent_id, created_at, size_bytes, shared_bytes, "
        "unique_bytes, containers, layers, dangling"
    ),
    "tags": "host, repository, tag, image_id, created_at, last_tagged_at",
    "image-layers": (
        "host, image_id, position, diff_id, chain_id, cache_id, directory, size_bytes, "
        "blob_digests, created_by"
    ),
    "image-history": (
        "image_id, step, created_at, created_by, size_bytes, comment, empty_layer, diff_id"
    ),
    "containers": (
        "host, container_id, name, image, image_id, state, exit_code, created_at, started_at, "
        "finished_at, mount_id, rw_bytes, log_bytes"
    ),
    "volumes": "host, name, driver, anonymous, containers, mountpoint, size_bytes",
    "build-cache": (
        "host, cache_id, type, created_at, last_used_at, usage_count, size_bytes, shared, in_use, "
        "directory"
    ),
    "disk-usage": (
        "host, category, items, active, size_bytes, reclaimable_bytes, disk_bytes, freed_by, "
        "root_path"
    ),
    "directories": (
        "host, driver, directory, owner_kind, owner_id, size_bytes, disk_bytes, modified_at"
    ),
    "directory-owner": (
        "host, directory, owner_kind, owner_id, chain_id, image_id, tags, container_id, "
        "container_name"
    ),
    "orphan-directories": "host, driver, directory, disk_bytes, modified_at, reason, confidence",
    "shared-layers": "host, chain_id, diff_id, size_bytes, images",
    "largest-layers": "host, chain_id, size_bytes, images, created_by",
    "unused-images": "host, image_id, tags, dangling, unique_bytes, reason_kept",
    "reclaim": "host, images, size_bytes, freed_bytes",
    "base-image": "image_id, base_image_id, base_tags, shared_layers, extra_layers",
    "descendants": "image_id, child_image_id, child_tags, extra_layers",
    "stale-containers": "host, container_name, tag, running_image_id, tag_image_id",
    "mount-users": "host, container_name, type, source, destination, rw",
    "digest-map": "host, blob_digest, diff_id, source_repository, source, layers",
    "problems": ("host, severity, rule, object_kind, object_id, path, message, first_seen_at"),
    "changes": "at, host, object_kind, object_key, change, field, before, after",
    "hosts-with-image": "host, image_id, tags, digests, containers, last_seen_at, "
    "first_seen_at, matched_by",
    "tag-drift": "repository, tag, image_id, hosts, created_at",
    "hidden-images": "host, store, image_id, tags, size_bytes, reason",
    "hidden-containers": "host, container_id, name, image, driver, rw_directory",
    "host-summary": (
        "host, images, layers, containers, size_bytes, reclaimable_bytes, problems, last_synced_at"
    ),
}
"""By the name of the query; more columns may follow."""

PARAMETERS: Final = {
    "image-layers": "image",
    "image-history": "image",
    "directory-owner": "directory",
    "reclaim": "images",
    "base-image": "image",
    "descendants": "image",
    "mount-users": "source",
    "changes": "since",
    "hosts-with-image": "image",
}
"""The first parameter of a query; those that are not here take none of need."""
