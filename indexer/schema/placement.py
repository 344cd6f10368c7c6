"""Placement: which host, Docker root and store holds what, and where it lies."""

from typing import Final

from indexer.schema.columns import flag, index, key, number, refers, table, text

hosts: Final = table(
    "hosts",
    "Machines that Docker roots were read from.",
    key("host", "Name of the machine: its host name or what --host said."),
    text("machine", "Hash of the machine's ID, to tell two hosts of one name apart."),
    text("first_seen_at", "When it was first indexed (UTC).", nullable=False),
    label="host",
)

roots: Final = table(
    "roots",
    "Docker data roots, such as /var/lib/docker.",
    key("root_id", "Made from host and path, the same in every index."),
    text("host", "The machine.", nullable=False),
    text("path", "Where it was read.", nullable=False),
    text("engine_id", "The engine's own ID (engine-id, from 23.0 on)."),
    text("engine_path", "Path of the root as its engine knew it, where a container tells."),
    flag("env_values", "1 where values of Env are kept.", nullable=False),
    text("first_seen_at", "When it was first indexed (UTC).", nullable=False),
    text("last_synced_at", "When the last sync of it started (UTC).", nullable=False),
    text(
        "engine_started_at",
        "When the engine that ran on it during the last sync had started (UTC); NULL for none, or "
        "where that is not known.",
    ),
    text("engine_state", "running, none or unknown: whether an engine ran on it.", nullable=False),
    text("engine_doubt", "Why it cannot be told whether an engine ran on it; else NULL."),
    text(
        "busy_since",
        "Since when what is unfinished may be a change in progress (UTC); NULL where no engine "
        "runs.",
    ),
    text(
        "build_cache_state",
        "readable or unreadable: whether buildkit/ can tell what it holds; NULL for none.",
    ),
    text("rules_key", "Hash of the integrity rules that its problems were found with."),
    flag("containers_known", "0 where not all of containers/ could be read.", nullable=False),
    flag("volumes_known", "0 where volumes/ could not be read.", nullable=False),
    text(
        "links_below",
        "The folder that is / for links directly under the root, which were followed; NULL where "
        "they were not.",
    ),
    refers("host", "hosts.host"),
    index("host"),
    label="path",
    facets=("host",),
)

stores: Final = table(
    "stores",
    "Image stores: one for each graph driver in each root, and that of containerd.",
    key("store_id", "Made from root, kind and driver, the same in every index."),
    text("root_id", "The Docker root whose engine uses or used it.", nullable=False),
    text("name", "Host, path and driver for people.", nullable=False),
    text("kind", "graphdriver or containerd.", nullable=False),
    text("driver", "Graph driver or snapshotter, e.g. overlay2 or overlayfs.", nullable=False),
    text("layer_prefix", "Where its layers lie: this, the cache ID, ", nullable=False),
    text("layer_suffix", "and this make the path of a layer's files.", nullable=False),
    flag("active", "1 for the store that the engine uses.", nullable=False),
    text("first_seen_at", "When it was first indexed (UTC).", nullable=False),
    text("base_path", "Where it was read: the Docker root or containerd's root.", nullable=False),
    flag(
        "has_images",
        "0 where only the folder of the driver is left, without image/<driver> beside it.",
        nullable=False,
    ),
    number(
        "disk_bytes",
        "Bytes that the whole folder of the driver takes on the disk, where has_images is 0 or its "
        "layers are devices; NULL for others and unless --du measured it.",
    ),
    flag("images_known", "0 where not all of its images could be read.", nullable=False),
    flag("names_known", "0 where not all names of images could be read.", nullable=False),
    flag("layers_known", "0 where not all of its layers could be read.", nullable=False),
    flag("mounts_known", "0 where not all read-write layers could be read.", nullable=False),
    flag("directories_known", "0 where the driver's directories are not all seen.", nullable=False),
    flag("build_cache_known", "0 where its build cache could not be read.", nullable=False),
    refers("root_id", "roots.root_id"),
    index("root_id"),
    label="name",
    facets=("kind", "driver"),
)

tags: Final = table(
    "tags",
    "Tags: names of images that can move.",
    key("store_id", "The store."),
    key("repository", "Full repository name."),
    key("tag", "The tag, e.g. latest."),
    text("engine_image_id", "ID that the engine shows for the image it means.", nullable=False),
    text("image_id", "The image it means; NULL where no platform of it is on the disk."),
    text("first_seen_at", "Since when it was seen to mean this image (UTC).", nullable=False),
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
    "Digest references: names of images by the digest of their manifest or manifest list.",
    key("store_id", "The store."),
    key("repository", "Full repository name."),
    key("digest", "Digest of the manifest or manifest list."),
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
    "Which store holds which image, and what the engine noted beside it.",
    key("store_id", "The store."),
    key(
        "engine_image_id",
        "ID that the engine shows: of a graph driver the image's, of containerd the digest of the "
        "index or manifest.",
    ),
    text("image_id", "The image, of several platforms the one that is shown; NULL for none."),
    text("parent_id", "Image it was built or committed from, where the engine noted it."),
    text("engine_parent_id", "ID that the engine shows for the parent."),
    text("last_tagged_at", "When it was last tagged here (UTC)."),
    flag("built_locally", "1 where it was built here; noted from 26.0 on."),
    text("expires_at", "From when on containerd may collect it (UTC); NULL for never."),
    text("first_seen_at", "When it was first seen here (UTC).", nullable=False),
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
    "Which store holds which layer, and the directory it lies in.",
    key("store_id", "The store."),
    key("chain_id", "The layer."),
    text("cache_id", "Directory of the graph driver, or ID of the snapshot.", nullable=False),
    number(
        "size_bytes",
        "Size of this layer alone as the engine counted it; NULL where it is not noted.",
    ),
    text("first_seen_at", "When it was first seen here (UTC).", nullable=False),
    text("recorded_parent", "Chain ID of the layer below, as the store notes it; NULL for none."),
    refers("store_id", "stores.store_id"),
    refers("chain_id", "layers.chain_id"),
    index("chain_id"),
    index("cache_id", "store_id"),
    label="cache_id",
)

digest_map: Final = table(
    "digest_map",
    "Registry blob digests (compressed) and the diff IDs (uncompressed) they unpack to.",
    key("store_id", "The store that knows it."),
    key("blob_digest", "Digest of the blob that a registry serves."),
    key("diff_id", "Digest of the layer's uncompressed tar."),
    key(
        "source",
        "What says so: the file diffid-by-digest or v2metadata-by-diffid, the label "
        "containerd.io/uncompressed, or a manifest beside its config.",
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
    key("store_id", "The store that knows it."),
    key("blob_digest", "Digest of the blob."),
    key("diff_id", "Digest of the layer's uncompressed tar."),
    key("source_repository", "Full repository name without a tag."),
    flag("pushed", "1 where it was learnt by a push.", nullable=False),
    refers("store_id", "stores.store_id"),
    index("diff_id"),
    label="source_repository",
    facets=("source_repository",),
)

mounts: Final = table(
    "mounts",
    "Read-write layers of containers, builders and image mounts (layerdb/mounts, snapshots).",
    key("store_id", "The store."),
    key("name", "The container ID, or another ID where it is not a container's."),
    text("mount_id", "Directory of the graph driver, or ID of the snapshot."),
    text("init_id", "The same of its -init layer."),
    text("parent_chain_id", "Top layer of the image; NULL for an image without layers."),
    text("first_seen_at", "When it was first seen (UTC).", nullable=False),
    refers("store_id", "stores.store_id"),
    refers("parent_chain_id", "layers.chain_id"),
    index("parent_chain_id"),
    index("store_id", "mount_id"),
    index("name"),
    label="mount_id",
)
