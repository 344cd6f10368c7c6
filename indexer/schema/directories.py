"""Directories of graph drivers, and what is needed to say whose each one is."""

from typing import Final

from indexer.schema.columns import flag, index, key, number, number_key, refers, table, text

directories: Final = table(
    "directories",
    "Every directory of a graph driver or snapshotter: layers, read-write layers, build cache, "
    "left-overs.",
    key("store_id", "The store whose driver it is."),
    key("directory", "Name of the directory, e.g. below overlay2/ or snapshots/."),
    text("short_link", "Short name under l/ that mount options use (overlay2)."),
    text("lower_directory", "Directory of the layer right below, as the driver has it."),
    text("modified_at", "When its list of entries last changed, or its layer says so (UTC)."),
    text("changed_at", "When the file system last changed the directory itself (UTC)."),
    number("size_bytes", "Bytes of its files as the engine counts; NULL unless --du measured it."),
    number("disk_bytes", "Bytes it takes on the disk; NULL unless --du measured it."),
    text("first_seen_at", "When it was first seen (UTC).", nullable=False),
    text("lower_link", "Short name of the layer right below, as its file has it (overlay2)."),
    text("stack_key", "Hash of the short names of all layers below; NULL for none (overlay2)."),
    text("below_key", "The same without the layer right below; NULL for none (overlay2)."),
    flag("has_files", "1 where the folder of its files is there; NULL where it is the folder."),
    flag("committed", "1 where the driver notes that a layer was put on it (overlay2)."),
    flag("mounted", "1 where a mount point is in it (overlay2)."),
    flag("removing", "1 where the driver notes that its deletion has begun.", nullable=False),
    text(
        "stacked_on",
        "All that it is on, nearest first, with colons: short names (overlay2) or directories; "
        "NULL for none.",
    ),
    refers("store_id", "stores.store_id"),
    index("directory"),
    index("short_link", "store_id"),
    index("store_id", "lower_directory"),
    label="directory",
)

short_links: Final = table(
    "short_links",
    "The symbolic links under l/ that mount options use (overlay2).",
    key("store_id", "The store whose driver it is."),
    key("link", "Name of the link."),
    text("directory", "Directory it leads to; NULL where it leads elsewhere."),
    refers("store_id", "stores.store_id"),
    label="link",
)

leftovers: Final = table(
    "leftovers",
    "Writes that are in progress or crashed, removals that are in progress or failed, and blobs "
    "that containerd does not know.",
    key("store_id", "The store."),
    key(
        "name",
        "Folder under layerdb/tmp, or under layerdb/sha256 with the ending -removing; folder or "
        "file of containerd's content store; name of a snapshot in its snapshotter.",
    ),
    text(
        "kind",
        "in-progress, removing, ingest, unknown-blob or unknown-snapshot.",
        nullable=False,
    ),
    text("chain_id", "The layer that is removed."),
    text("cache_id", "Directory of the graph driver, where it is known yet."),
    text("modified_at", "When it last changed (UTC)."),
    number("size_bytes", "Bytes of the files in that folder, without the driver's directory."),
    refers("store_id", "stores.store_id"),
    index("store_id", "cache_id"),
    label="name",
    facets=("kind",),
)

damaged_layers: Final = table(
    "damaged_layers",
    "Layers that no engine loads, as a file of theirs is damaged; their directories are theirs.",
    key("store_id", "The store."),
    key("folder", "Its folder under layerdb, e.g. sha256/33847f680f63…."),
    text("chain_id", "The layer, after the name of its folder.", nullable=False),
    text("cache_id", "Directory of the graph driver; NULL where that cannot be read."),
    text("diff_id", "Digest of the uncompressed tar; NULL where that cannot be read."),
    text(
        "recorded_parent", "Chain ID of the layer below; NULL for none or where it cannot be read."
    ),
    refers("store_id", "stores.store_id"),
    index("store_id", "chain_id"),
    index("store_id", "cache_id"),
    label="chain_id",
)

doubts: Final = table(
    "doubts",
    "Why a directory that nothing names may have an owner all the same.",
    key("store_id", "The store."),
    key("doubt", "Kind of the doubt, e.g. unread-layer."),
    text("concerns", "Which directories: all, build-cache or read-write.", nullable=False),
    text("reason", "What cannot be read, or does not fit together.", nullable=False),
    flag("whole", "1 where nothing is known of what names directories.", nullable=False),
    refers("store_id", "stores.store_id"),
    label="doubt",
)

build_snapshots: Final = table(
    "build_snapshots",
    "Snapshots of BuildKit: directories of the graph driver that its cache holds.",
    key("store_id", "The store."),
    key("directory", "Directory of the graph driver."),
    text("snapshot", "Name of the snapshot once committed."),
    text("parent", "Name or chain ID of the snapshot below."),
    text("chain_id", "Layer of an image that it was exported as."),
    number("size_bytes", "Its size; NULL where the engine has not counted it yet."),
    refers("store_id", "stores.store_id"),
    index("store_id", "chain_id"),
    label="directory",
)

build_records: Final = table(
    "build_records",
    "Records of the build cache.",
    key("store_id", "The store."),
    key("cache_id", "ID of the record, as `docker builder du` shows it."),
    text("type", "regular, source.local, exec.cachemount, ….", nullable=False),
    text("description", "What made it."),
    text("created_at", "When it was made (UTC)."),
    text("last_used_at", "When a build last used it (UTC)."),
    number("usage_count", "How often builds used it.", nullable=False),
    number("size_bytes", "Its size; NULL where the engine has not counted it yet."),
    flag("mutable", "1 where it can still be written.", nullable=False),
    flag("listed", "1 where the engine lists it; 0 for what it hides or drops.", nullable=False),
    text("snapshot", "Key of its snapshot.", nullable=False),
    text("directory", "Directory of the graph driver; NULL where its files are a layer's."),
    text("chain_id", "Layer of an image that it holds or was exported as."),
    text("diff_id", "Diff ID of that layer."),
    text("blob_digest", "Digest of the blob it was pulled as or packed into."),
    refers("store_id", "stores.store_id"),
    index("cache_id"),
    index("store_id", "chain_id"),
    index("store_id", "directory"),
    label="cache_id",
    facets=("type",),
)

build_parents: Final = table(
    "build_parents",
    "Which records of the build cache are built on which.",
    key("store_id", "The store."),
    key("cache_id", "The record."),
    number_key("position", "1 is the first parent; only merges and diffs have more."),
    text("parent_cache_id", "The record below.", nullable=False),
    refers("store_id cache_id", "build_records.store_id build_records.cache_id"),
    index("store_id", "parent_cache_id"),
    label="parent_cache_id",
)
