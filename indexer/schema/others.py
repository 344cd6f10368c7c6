"""What lies beside images, containers and volumes, so that whatever is there has a name."""

from typing import Final

from indexer.schema.columns import index, key, number, refers, table, text

other_files: Final = table(
    "other_files",
    "Files and folders of a Docker root that have no table of their own: temporaries, plugins, "
    "databases of the engine, folders of containers without a config.",
    key("root_id", "The Docker root."),
    key("path", "Path below the Docker root."),
    text(
        "kind",
        "temporary, plugin, plugin-blob, plugin-left, build-blob, container-folder, "
        "image-names or engine-file.",
        nullable=False,
    ),
    text("name", "Its ID, or the last part of its path.", nullable=False),
    text("label", "Name that people give it, e.g. that of a plugin."),
    text("about", "What it is and what removes it, in words.", nullable=False),
    text("modified_at", "When it last changed (UTC)."),
    refers("root_id", "roots.root_id"),
    index("name"),
    index("label"),
    label="path",
    facets=("kind",),
)

namespace_parts: Final = table(
    "namespace_parts",
    "Blobs and snapshots that other namespaces have in the containerd of a Docker root: those of "
    "Kubernetes, of another BuildKit, of the history of builds.",
    key("root_id", "The Docker root that uses this containerd."),
    key("namespace", "The namespace, e.g. k8s.io."),
    key("kind", "blob or snapshot."),
    key("snapshotter", "The snapshotter; empty for a blob."),
    key("part", "Digest of the blob, or key of the snapshot."),
    text("snapshot_id", "Directory of the snapshot; NULL where it is not known."),
    number("size_bytes", "Size as it was noted."),
    text("created_at", "When it was noted (UTC)."),
    text("base_path", "The containerd root.", nullable=False),
    refers("root_id", "roots.root_id"),
    index("part"),
    index("snapshot_id"),
    label="part",
    facets=("namespace", "kind"),
)
