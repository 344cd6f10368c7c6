"""Placement: which host, Docker root and store has which content, and where it is on the disk."""

from typing import Final

from indexer.schema.columns import flag, index, key, number, refers, table, text

hosts: Final = table(
    "hosts",
    "Machines that Docker roots were read from.",
    key("host", "Name of the machine: its host name, or the value of --host."),
    text("machine", "Hash of the machine ID, to tell apart two hosts with the same name."),
    text("first_seen_at", "When it was first indexed (UTC).", nullable=False),
    label="host",
)

roots: Final = table(
    "roots",
    "Docker data roots, such as /var/lib/docker.",
    key("root_id", "Made from host and path, so that it is the same in every index."),
    text("host", "The machine.", nullable=False),
    text("path", "Path from which it was read.", nullable=False),
    text("engine_id", "ID of the engine, from the file engine-id (from 23.0 on)."),
    text("engine_path", "Path of the root as its engine knew it; NULL if no container tells."),
    flag("env_values", "1 if values of environment variables are stored.", nullable=False),
    text("first_seen_at", "When it was first indexed (UTC).", nullable=False),
    text("last_synced_at", "When the last sync of it started (UTC).", nullable=False),
    text(
        "engine_started_at",
        "When the engine that ran on it during the last sync started (UTC); NULL if none ran or if "
        "the time is unknown.",
    ),
    text(
        "engine_state",
        "running, none or unknown: whether an engine ran on it during the last sync.",
        nullable=False,
    ),
    text("engine_doubt", "Why it is unknown whether an engine ran on it; otherwise NULL."),
    text(
        "busy_since",
        "Anything unfinished that is newer than this may be a change in progress (UTC); NULL if no "
        "engine runs.",
    ),
    text(
        "build_cache_state",
        "readable or unreadable: whether buildkit/ could be read; NULL if there is none.",
    ),
    text("rules_key", "Hash of the integrity rules that found its problems."),
    flag("containers_known", "0 if containers/ could not be read completely.", nullable=False),
    flag("volumes_known", "0 if volumes/ could not be read.", nullable=False),
    text(
        "links_below",
        "The folder that stood for / when links directly under the root were followed; NULL if "
        "they were not followed.",
    ),
    refers("host", "hosts.host"),
    index("host"),
    label="path",
    facets=("host",),
)

stores: Final = table(
    "stores",
    "Image stores: one for each graph driver or snapshotter of each root.",
    key("store_id", "Made from root, kind and driver, so that it is the same in every index."),
    text("root_id", "The Docker root whose engine uses or used it.", nullable=False),
    text("name", "Host, path and driver in readable form.", nullable=False),
    text("kind", "graphdriver or containerd.", nullable=False),
    text("driver", "Graph driver or snapshotter, e.g. overlay2 or overlayfs.", nullable=False),
    text("layer_prefix", "Part of a layer's path before the cache ID.", nullable=False),
    text("layer_suffix", "Part of a layer's path after the cache ID.", nullable=False),
    flag("active", "1 for the store that the engine uses.", nullable=False),
    text("first_seen_at", "When it was first indexed (UTC).", nullable=False),
    text("base_path", "The Docker root or containerd root that has it.", nullable=False),
    flag(
        "has_images",
        "0 if only the folder of the driver is left and image/<driver> does not exist.",
        nullable=False,
    ),
    number(
        "disk_bytes",
        "Bytes that the whole folder of the driver takes on the disk, if has_images is 0 or its "
        "layers are devices; NULL for other stores and unless --du measured it.",
    ),
    flag("images_known", "0 if not all of its images could be read.", nullable=False),
    flag("names_known", "0 if not all names of its images could be read.", nullable=False),
    flag("layers_known", "0 if not all of its layers could be read.", nullable=False),
    flag("mounts_known", "0 if not all of its read-write layers could be read.", nullable=False),
    flag("directories_known", "0 if not all of its directories could be listed.", nullable=False),
    flag("build_cache_known", "0 if its build cache could not be read.", nullable=False),
    refers("root_id", "roots.root_id"),
    index("root_id"),
    label="name",
    facets=("kind", "driver"),
)

tags: Final = table(
    "tags",
    "Tags: names that can be moved from one image to another.",
    key("store_id", "The store."),
    key("repository", "Full repository name."),
    key("tag", "The tag, e.g. latest."),
    text("engine_image_id", "ID that the engine shows for the image it means.", nullable=False),
    text("image_id", "The image it means; NULL where no platform of it is on the disk."),
    text("first_seen_at", "When a sync first saw it mean this image (UTC).", nullable=False),
    refers("store_id", "stores.store_id"),
    refers("repository", "repositories.repository"),
    refers("image_id", "images.image_id"),
    index("image_id"),
    index("store_id", "engine_image_id"),
    index("repository", "tag"),
    label="tag",
    facets=("repository",),
)

repo_digests: Final = table(
    "repo_digests",
    "Digest references: names of images by the digest of their manifest or index.",
    key("store_id", "The store."),
    key("repository", "Full repository name."),
    key("digest", "Digest of the manifest or index."),
    text("engine_image_id", "ID that the engine shows for the image it means.", nullable=False),
    text("image_id", "The image it means; NULL where no platform of it is on the disk."),
    text("first_seen_at", "When it was first seen (UTC).", nullable=False),
    refers("store_id", "stores.store_id"),
    refers("repository", "repositories.repository"),
    refers("image_id", "images.image_id"),
    index("image_id"),
    index("store_id", "engine_image_id"),
    index("digest"),
    index("repository", "digest"),
    label="digest",
    facets=("repository",),
)

store_images: Final = table(
    "store_images",
    "The images of each store, and what the engine recorded about them.",
    key("store_id", "The store."),
    key(
        "engine_image_id",
        "ID that the engine shows: with a graph driver the image ID, with containerd the digest of "
        "the index or manifest.",
    ),
    text("image_id", "The image; with several platforms the one that is shown; NULL for none."),
    text("parent_id", "Image that it was built or committed from, if the engine recorded it."),
    text("engine_parent_id", "ID that the engine shows for the parent."),
    text("last_tagged_at", "When it was last tagged here (UTC)."),
    flag("built_locally", "1 if it was built here; recorded from 26.0 on."),
    text("expires_at", "When containerd may begin to remove it (UTC); NULL for never."),
    text("first_seen_at", "When a sync first saw it here (UTC).", nullable=False),
    refers("store_id", "stores.store_id"),
    refers("image_id", "images.image_id"),
    refers("parent_id", "images.image_id"),
    index("image_id"),
    index("engine_image_id"),
    index("store_id", "engine_parent_id"),
    index("parent_id"),
    label="engine_image_id",
)

store_layers: Final = table(
    "store_layers",
    "The layers of each store, and the directories of their files.",
    key("store_id", "The store."),
    key("chain_id", "The layer."),
    text("cache_id", "Directory of the graph driver, or ID of the snapshot.", nullable=False),
    number(
        "size_bytes",
        "Size of this layer alone in bytes, as the engine recorded it; NULL if it did not.",
    ),
    text("first_seen_at", "When a sync first saw it here (UTC).", nullable=False),
    text("recorded_parent", "Chain ID of the layer below, as the store records it; NULL for none."),
    refers("store_id", "stores.store_id"),
    refers("chain_id", "layers.chain_id"),
    index("chain_id"),
    index("cache_id", "store_id"),
    label="cache_id",
)

digest_map: Final = table(
    "digest_map",
    "Registry blob digests (compressed) and the diff IDs (uncompressed) that they unpack to.",
    key("store_id", "The store that tells this."),
    key("blob_digest", "Digest of the blob that a registry serves."),
    key("diff_id", "Digest of the layer's uncompressed tar."),
    key(
        "source",
        "Where the fact comes from: the file diffid-by-digest or v2metadata-by-diffid, the label "
        "containerd.io/uncompressed, or a manifest together with its config.",
    ),
    refers("store_id", "stores.store_id"),
    index("blob_digest"),
    index("diff_id"),
    label="blob_digest",
    facets=("source",),
)

digest_repositories: Final = table(
    "digest_repositories",
    "Repositories that a blob was pulled from or pushed to.",
    key("store_id", "The store that tells this."),
    key("blob_digest", "Digest of the blob."),
    key("diff_id", "Digest of the layer's uncompressed tar."),
    key("source_repository", "Full repository name without a tag."),
    flag("pushed", "1 if a push recorded it.", nullable=False),
    refers("store_id", "stores.store_id"),
    index("diff_id"),
    label="source_repository",
    facets=("source_repository",),
)

mounts: Final = table(
    "mounts",
    "Read-write layers of containers, builders and image mounts (layerdb/mounts, snapshots).",
    key("store_id", "The store."),
    key("name", "The container ID, or another ID if no container owns it."),
    text("mount_id", "Directory of the graph driver, or ID of the snapshot."),
    text("init_id", "Directory of its init layer; NULL for none."),
    text("parent_chain_id", "Top layer of the image; NULL for an image without layers."),
    text("first_seen_at", "When a sync first saw it (UTC).", nullable=False),
    refers("store_id", "stores.store_id"),
    refers("parent_chain_id", "layers.chain_id"),
    index("parent_chain_id"),
    index("store_id", "mount_id"),
    index("name"),
    label="mount_id",
)
