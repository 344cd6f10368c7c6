"""Tables of the directories of graph drivers, and of everything that tells who owns them."""

from typing import Final

from indexer.schema.columns import flag, index, key, number, number_key, refers, table, text

directories: Final = table(
    "directories",
    "Every directory of a graph driver or snapshotter: layers, read-write layers, build cache and "
    "leftovers.",
    key("store_id", "The store that the driver belongs to."),
    key("directory", "Name of the directory, e.g. below overlay2/ or snapshots/."),
    text("short_link", "Short name under l/ that mount options use (overlay2)."),
    text("lower_directory", "Directory right below it in the stack, according to the driver."),
    text("modified_at", "Modification time of the directory, which a layer may set (UTC)."),
    text("changed_at", "Change time of the directory, set by the file system (UTC)."),
    number("size_bytes", "Bytes of its files as the engine counts; NULL unless --du measured it."),
    number("disk_bytes", "Bytes allocated on the disk; NULL unless --du measured it."),
    text("first_seen_at", "When a sync first saw it (UTC).", nullable=False),
    text("lower_link", "Short name of the directory right below, from the file lower (overlay2)."),
    text("stack_key", "Hash of the short names of all layers below; NULL for none (overlay2)."),
    text("below_key", "The same without the layer right below; NULL for none (overlay2)."),
    flag("has_files", "1 if the folder of its files exists; NULL if it has no such folder."),
    flag("committed", "1 if the driver recorded that a layer was stacked on it (overlay2)."),
    flag("mounted", "1 if it contains a mount point (overlay2)."),
    flag("removing", "1 if the driver recorded that its deletion has begun.", nullable=False),
    text(
        "stacked_on",
        "Everything below it in the stack, nearest first, separated by colons: short names "
        "(overlay2) or directories; NULL for none.",
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
    key("store_id", "The store that the driver belongs to."),
    key("link", "Name of the link."),
    text("directory", "Directory that it points to; NULL if it points elsewhere."),
    refers("store_id", "stores.store_id"),
    label="link",
)

leftovers: Final = table(
    "leftovers",
    "Layer writes and removals that are in progress or were interrupted, unfinished downloads, and "
    "blobs and snapshots that containerd does not know.",
    key("store_id", "The store."),
    key(
        "name",
        "Folder under layerdb/tmp; folder under layerdb/sha256 that ends in -removing; folder or "
        "file of containerd's content store; or name of a snapshot in its snapshotter.",
    ),
    text(
        "kind",
        "in-progress, removing, ingest, unknown-blob or unknown-snapshot.",
        nullable=False,
    ),
    text("chain_id", "Chain ID of the layer that is being removed."),
    text("cache_id", "Directory of the graph driver; NULL if not known yet."),
    text("modified_at", "When it last changed (UTC)."),
    number("size_bytes", "Bytes of the files in that folder, without the directory of the driver."),
    refers("store_id", "stores.store_id"),
    index("store_id", "cache_id"),
    label="name",
    facets=("kind",),
)

damaged_layers: Final = table(
    "damaged_layers",
    "Layers that no engine loads because one of their files is damaged. They still own their "
    "directories.",
    key("store_id", "The store."),
    key("folder", "Folder of the layer under layerdb, e.g. sha256/33847f680f63…."),
    text("chain_id", "Chain ID of the layer, from the name of its folder.", nullable=False),
    text("cache_id", "Directory of the graph driver; NULL if it could not be read."),
    text("diff_id", "Digest of the uncompressed tar; NULL if it could not be read."),
    text("recorded_parent", "Chain ID of the layer below; NULL for none or if unreadable."),
    refers("store_id", "stores.store_id"),
    index("store_id", "chain_id"),
    index("store_id", "cache_id"),
    label="chain_id",
)

doubts: Final = table(
    "doubts",
    "Reasons why a directory that nothing names may still have an owner.",
    key("store_id", "The store."),
    key("doubt", "Kind of doubt, e.g. unread-layer."),
    text("concerns", "Affected directories: all, build-cache or read-write.", nullable=False),
    text("reason", "What could not be read, or what is contradictory.", nullable=False),
    flag("whole", "1 if nothing is known about what names these directories.", nullable=False),
    refers("store_id", "stores.store_id"),
    label="doubt",
)

build_snapshots: Final = table(
    "build_snapshots",
    "Snapshots of BuildKit, each of which is a directory of the graph driver.",
    key("store_id", "The store."),
    key("directory", "Directory of the graph driver."),
    text("snapshot", "Name under which the snapshot was committed; NULL while it is active."),
    text("parent", "Name or chain ID of the snapshot below."),
    text("chain_id", "Chain ID of the image layer that it was exported as."),
    number("size_bytes", "Size in bytes; NULL if the engine has not measured it yet."),
    refers("store_id", "stores.store_id"),
    index("store_id", "chain_id"),
    label="directory",
)

build_records: Final = table(
    "build_records",
    "Records of the build cache.",
    key("store_id", "The store."),
    key("cache_id", "ID of the record, as `docker builder du` shows it."),
    text("type", "regular, source.local, exec.cachemount and so on.", nullable=False),
    text("description", "The build step or source that made it."),
    text("created_at", "When it was made (UTC)."),
    text("last_used_at", "When a build last used it (UTC)."),
    number("usage_count", "How often builds used it.", nullable=False),
    number("size_bytes", "Size in bytes; NULL if the engine has not measured it yet."),
    flag("mutable", "1 if a build can still write to it.", nullable=False),
    flag("listed", "1 if the engine lists it; 0 if it hides or drops it.", nullable=False),
    text("snapshot", "Key of its snapshot.", nullable=False),
    text("directory", "Directory of the graph driver; NULL if its files belong to a layer."),
    text("chain_id", "Chain ID of the image layer that it holds or was exported as."),
    text("diff_id", "Diff ID of that layer."),
    text("blob_digest", "Digest of the blob that it was pulled as or packed into."),
    refers("store_id", "stores.store_id"),
    index("cache_id"),
    index("store_id", "chain_id"),
    index("store_id", "directory"),
    label="cache_id",
    facets=("type",),
)

build_parents: Final = table(
    "build_parents",
    "The parents of each record of the build cache.",
    key("store_id", "The store."),
    key("cache_id", "The record."),
    number_key("position", "1 is the first parent; only merges and diffs have several."),
    text("parent_cache_id", "The record below.", nullable=False),
    refers("store_id cache_id", "build_records.store_id build_records.cache_id"),
    index("store_id", "parent_cache_id"),
    label="parent_cache_id",
)
