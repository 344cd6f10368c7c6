"""Tables for files that are not part of an image, container or volume, so that each has a name."""

from typing import Final

from indexer.schema.columns import index, key, number, refers, table, text

other_files: Final = table(
    "other_files",
    "Files and folders of a Docker root that have no table of their own: temporary files, plugins, "
    "databases of the engine, and container folders without a config.",
    key("root_id", "The Docker root."),
    key("path", "Path below the Docker root."),
    text(
        "kind",
        "temporary, plugin, plugin-blob, plugin-left, build-blob, container-folder, "
        "image-names or engine-file.",
        nullable=False,
    ),
    text("name", "ID of the object, or the last part of the path.", nullable=False),
    text("label", "Name given by a person, e.g. the name of a plugin."),
    text("about", "What it is and what removes it, as a sentence.", nullable=False),
    text("modified_at", "When it last changed (UTC)."),
    refers("root_id", "roots.root_id"),
    index("name"),
    index("label"),
    label="path",
    facets=("kind",),
)

namespace_parts: Final = table(
    "namespace_parts",
    "Blobs and snapshots that other namespaces have in the containerd of a Docker root, for "
    "example Kubernetes, another BuildKit, or the build history.",
    key("root_id", "The Docker root that uses this containerd."),
    key("namespace", "The namespace, e.g. k8s.io."),
    key("kind", "blob or snapshot."),
    key("snapshotter", "The snapshotter; empty for a blob."),
    key("part", "Digest of the blob, or key of the snapshot."),
    text("snapshot_id", "Directory of the snapshot; NULL if unknown."),
    number("size_bytes", "Size as containerd recorded it; NULL if it did not."),
    text("created_at", "When containerd recorded it (UTC)."),
    text("base_path", "The containerd root.", nullable=False),
    refers("root_id", "roots.root_id"),
    index("part"),
    index("snapshot_id"),
    label="part",
    facets=("namespace", "kind"),
)
