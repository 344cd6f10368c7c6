"""Tables of the containerd image store: manifests of images, blobs, snapshots and leases."""

from typing import Final

from indexer.schema.columns import flag, index, key, number, refers, table, text

image_manifests: Final = table(
    "image_manifests",
    "The manifests of each image of a store: one for each platform, and attestations.",
    key("store_id", "The store."),
    key("engine_image_id", "ID that the engine shows for the image."),
    key("manifest_digest", "Digest of the manifest."),
    number("position", "1 is the first in the index.", nullable=False),
    text("image_id", "Digest of the config; NULL if it is not an image's or not on the disk."),
    text("os", "Operating system of the platform."),
    text("architecture", "CPU architecture of the platform."),
    text("variant", "Variant of the architecture."),
    flag("present", "1 if the manifest is on the disk.", nullable=False),
    flag("attestation", "1 for an attestation, which is not an image.", nullable=False),
    flag("chosen", "1 for the manifest that represents the image.", nullable=False),
    refers("store_id", "stores.store_id"),
    refers("image_id", "images.image_id"),
    index("manifest_digest"),
    index("image_id"),
    label="manifest_digest",
    facets=("os", "architecture", "present"),
)

store_blobs: Final = table(
    "store_blobs",
    "Blobs that containerd keeps for Docker: indexes, manifests, configs and packed layers.",
    key("store_id", "The store."),
    key("blob_digest", "Digest of the blob."),
    text("media_type", "Media type; NULL if nothing on the disk names it."),
    number("size_bytes", "Length in bytes as containerd recorded it."),
    flag("present", "1 if the file is on the disk with that length.", nullable=False),
    text("diff_id", "Digest of the layer's uncompressed tar, if it was unpacked."),
    text("created_at", "When containerd recorded it (UTC)."),
    flag(
        "kept",
        "1 if it stays whatever else is removed: another namespace has it, or a label keeps it.",
        nullable=False,
    ),
    refers("store_id", "stores.store_id"),
    index("blob_digest"),
    index("diff_id"),
    label="blob_digest",
    facets=("media_type", "present"),
)

blob_references: Final = table(
    "blob_references",
    "Blobs and snapshots that the labels of a blob protect from garbage collection, in addition to "
    "what manifests name.",
    key("store_id", "The store."),
    key("blob_digest", "The blob."),
    key("kind", "content or snapshot."),
    key("reference", "Digest of the protected blob, or key of the protected snapshot."),
    refers("store_id blob_digest", "store_blobs.store_id store_blobs.blob_digest"),
    index("store_id", "kind", "reference"),
    label="reference",
    facets=("kind",),
)

snapshots: Final = table(
    "snapshots",
    "Snapshots that containerd keeps for Docker: layers, read-write layers and build cache.",
    key("store_id", "The store."),
    key("snapshot_key", "Key of the snapshot: a chain ID, a container ID, or another ID."),
    text("snapshot_id", "Directory of the snapshot; NULL if the snapshotter does not know it."),
    text("kind", "committed, active or view; NULL if the snapshotter does not know it."),
    text("parent_key", "Key of the snapshot below; NULL for none."),
    text("chain_id", "Chain ID of the layer that it holds; NULL if it is not a layer."),
    number("size_bytes", "Disk space of this snapshot alone; NULL until it is committed."),
    text("created_at", "When it was made (UTC)."),
    text("updated_at", "When it was last changed (UTC)."),
    flag("kept", "1 if it stays whatever else is removed, because a label keeps it."),
    refers("store_id", "stores.store_id"),
    index("snapshot_key"),
    index("store_id", "snapshot_id"),
    index("store_id", "parent_key"),
    label="snapshot_key",
    facets=("kind",),
)

snapshot_references: Final = table(
    "snapshot_references",
    "Blobs and snapshots that the labels of a snapshot protect from garbage collection, in "
    "addition to its parent.",
    key("store_id", "The store."),
    key("snapshot_key", "The snapshot."),
    key("kind", "content or snapshot."),
    key("reference", "Digest of the protected blob, or key of the protected snapshot."),
    refers("store_id snapshot_key", "snapshots.store_id snapshots.snapshot_key"),
    index("store_id", "kind", "reference"),
    label="reference",
    facets=("kind",),
)

leases: Final = table(
    "leases",
    "Leases of containerd, which protect blobs and snapshots from garbage collection.",
    key("store_id", "The store."),
    key("lease_id", "ID of the lease: that of a container, a pull, a build or an image."),
    text("created_at", "When it was made (UTC)."),
    text("expires_at", "When it expires (UTC); NULL for never."),
    flag("pruned", "1 if docker image prune ends it before it expires.", nullable=False),
    refers("store_id", "stores.store_id"),
    label="lease_id",
)

lease_resources: Final = table(
    "lease_resources",
    "The blobs, snapshots, downloads and images that each lease protects.",
    key("store_id", "The store."),
    key("lease_id", "The lease."),
    key("kind", "content, snapshot, ingest or image."),
    key("resource", "Digest of the blob, key of the snapshot, or name of the download or image."),
    refers("store_id lease_id", "leases.store_id leases.lease_id"),
    index("store_id", "kind", "resource"),
    label="resource",
    facets=("kind",),
)
