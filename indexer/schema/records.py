"""Tables that a sync writes about itself: runs, problems, changes and fingerprints."""

from typing import Final

from indexer.schema.columns import flag, index, key, number, number_key, refers, table, text

syncs: Final = table(
    "syncs",
    "Runs of `dockidx sync`, one row for each root.",
    key("root_id", "The Docker root."),
    key("started_at", "When it started (UTC)."),
    text("finished_at", "When it had read everything (UTC).", nullable=False),
    text("version", "Version of dockidx.", nullable=False),
    flag("env_values", "1 if it ran with --env-values.", nullable=False),
    number("images", "Number of images on the disk.", nullable=False),
    number("layers", "Number of layers on the disk.", nullable=False),
    number("containers", "Number of containers on the disk.", nullable=False),
    number("volumes", "Number of volumes on the disk.", nullable=False),
    number("changes", "Number of changes since the previous sync.", nullable=False),
    number("problems", "Number of problems on the disk.", nullable=False),
    refers("root_id", "roots.root_id"),
    label="started_at",
)

problems: Final = table(
    "problems",
    "What was wrong on the disk at the last sync.",
    key(
        "problem_id",
        "Made from root, rule, object and path, so that it is the same in every index.",
    ),
    text("root_id", "The Docker root.", nullable=False),
    text("severity", "fatal, error, warning or info.", nullable=False),
    text("rule", "Code of the integrity rule, e.g. I2.", nullable=False),
    text("slug", "The rule in words, e.g. config-digest-mismatch.", nullable=False),
    text("object_kind", "Kind of the affected object.", nullable=False),
    text("object_id", "ID of the affected object."),
    text("path", "File or folder, relative to the root.", nullable=False),
    text("message", "What is wrong, as a sentence.", nullable=False),
    text("remedy", "What to do, in sentences.", nullable=False),
    text("first_seen_at", "When a sync first found it (UTC).", nullable=False),
    text("found_by", "reader (while reading files) or sql (by a rule on the rows)."),
    number("depth", "Sorts causes before consequences; 0 is a cause.", nullable=False),
    flag("cause", "1 if a whole part could not be read, so that its content is unknown."),
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
    number_key("position", "Number of the change within the sync."),
    text(
        "object_kind",
        "tag, digest, image, layer, mount, container, volume or store.",
        nullable=False,
    ),
    text("object_key", "Name or ID of the object.", nullable=False),
    text("change", "added, removed or changed.", nullable=False),
    text("field", "The field that changed; NULL if the object was added or removed."),
    text("before", "Value of the field before."),
    text("after", "Value of the field after."),
    refers("root_id", "roots.root_id"),
    index("at"),
    label="object_key",
    facets=("object_kind", "change"),
)

fingerprints: Final = table(
    "fingerprints",
    "Inode and change time of each file or folder that was read, so that a later sync skips what "
    "has not changed. They are not merged into other indexes.",
    key("root_id", "The Docker root."),
    key("section", "Kind of object, with its driver."),
    key("name", "Name of the file or folder on the disk."),
    number("inode", "Inode number.", nullable=False),
    number("ctime_ns", "Change time in nanoseconds since 1970.", nullable=False),
    refers("root_id", "roots.root_id"),
    label="name",
)
