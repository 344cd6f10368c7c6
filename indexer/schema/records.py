"""What syncs leave: runs, problems, changes, and the fingerprints of what they read."""

from typing import Final

from indexer.schema.columns import flag, index, key, number, number_key, refers, table, text

syncs: Final = table(
    "syncs",
    "Runs of `dockidx sync`, one row for each root.",
    key("root_id", "The Docker root."),
    key("started_at", "When it started (UTC)."),
    text("finished_at", "When it had read everything (UTC).", nullable=False),
    text("version", "Version of dockidx.", nullable=False),
    flag("env_values", "1 where it was told --env-values.", nullable=False),
    number("images", "Images on the disk.", nullable=False),
    number("layers", "Layers on the disk.", nullable=False),
    number("containers", "Containers on the disk.", nullable=False),
    number("volumes", "Volumes on the disk.", nullable=False),
    number("changes", "Changes since the sync before.", nullable=False),
    number("problems", "Problems on the disk.", nullable=False),
    refers("root_id", "roots.root_id"),
    label="started_at",
)

problems: Final = table(
    "problems",
    "What is wrong on the disk now.",
    key("problem_id", "Made from root, rule, object and path, the same in every index."),
    text("root_id", "The Docker root.", nullable=False),
    text("severity", "fatal, error, warning or info.", nullable=False),
    text("rule", "Code of the integrity rule, e.g. I2.", nullable=False),
    text("slug", "The rule in words, e.g. config-digest-mismatch.", nullable=False),
    text("object_kind", "Kind of the object concerned.", nullable=False),
    text("object_id", "The object concerned."),
    text("path", "File or folder, relative to the root.", nullable=False),
    text("message", "What is wrong, in a sentence.", nullable=False),
    text("remedy", "What to do, in sentences.", nullable=False),
    text("first_seen_at", "When it was first seen (UTC).", nullable=False),
    text("found_by", "reader or sql: what found it."),
    number("depth", "Sorts causes before consequences; 0 is a cause.", nullable=False),
    flag("cause", "1 where a whole part could not be read, and what it holds is unknown."),
    refers("root_id", "roots.root_id"),
    index("root_id"),
    label="message",
    facets=("severity", "rule", "object_kind"),
)

changes: Final = table(
    "changes",
    "What appeared, disappeared or changed between one sync and the next.",
    key("root_id", "The Docker root."),
    key("at", "When the sync that saw it started (UTC)."),
    number_key("position", "Counts the changes of a sync."),
    text(
        "object_kind",
        "tag, digest, image, layer, mount, container, volume or store.",
        nullable=False,
    ),
    text("object_key", "The object.", nullable=False),
    text("change", "added, removed or changed.", nullable=False),
    text("field", "The field that changed."),
    text("before", "Its value before."),
    text("after", "Its value after."),
    refers("root_id", "roots.root_id"),
    index("at"),
    label="object_key",
    facets=("object_kind", "change"),
)

fingerprints: Final = table(
    "fingerprints",
    "Inode and change time of what was read, so that it is not read again. Of this index only.",
    key("root_id", "The Docker root."),
    key("section", "Kind of thing, with the driver."),
    key("name", "Its name on the disk."),
    number("inode", "Inode number.", nullable=False),
    number("ctime_ns", "Change time in nanoseconds since 1970.", nullable=False),
    refers("root_id", "roots.root_id"),
    label="name",
)
