"""What was measured on the disk, and the settled figures of each category of it."""

from typing import Final

from indexer.schema.columns import flag, index, key, number, refers, table, text

measurements: Final = table(
    "measurements",
    "What everything in a Docker root and its containerd root took on the disk when it was last "
    "measured, every byte in one row.",
    key("root_id", "The Docker root."),
    key(
        "kind",
        "Kind of the place: directory, snapshot, blob, container, container-log, volume, plugin, "
        "temporary, engine-file, other, …",
    ),
    key("driver", "The graph driver or snapshotter that it is of; empty for none."),
    key("name", "Name of the directory, ID of the container, digest of the blob, …; may be empty."),
    number("disk_bytes", "Bytes it took; NULL where not all of it could be read."),
    flag("linked", "1 where files in it have names elsewhere too.", nullable=False),
    text("category", "The row of disk-usage that counted it then.", nullable=False),
    text("measured_at", "When it was measured (UTC).", nullable=False),
    refers("root_id", "roots.root_id"),
    index("name"),
    label="name",
    facets=("kind", "category"),
)

usage_by_category: Final = table(
    "usage_by_category",
    "What fills the disk of a Docker root and its containerd root, by category.",
    key("root_id", "The Docker root."),
    key("category", "The category, e.g. images or leaked-layers."),
    number("place", "1 is the first row of disk-usage.", nullable=False),
    number("items", "How many things; NULL where not all could be read."),
    number("active", "How many of them are in use; NULL where that cannot be told."),
    number("size_bytes", "Their size as the engine's records have it; NULL where unknown."),
    number("reclaimable_bytes", "What of that is not in use; NULL where unknown."),
    number("disk_bytes", "Bytes that they took on the disk; NULL unless --du measured all."),
    text("freed_by", "The command that frees it, or that none does.", nullable=False),
    text("measured_at", "When the disk was measured (UTC); NULL for never."),
    refers("root_id", "roots.root_id"),
    label="category",
    facets=("category",),
)
