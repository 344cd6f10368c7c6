"""What containerd holds of each store: manifests of images, blobs, snapshots and leases."""

from typing import Final

from indexer.schema.columns import flag, index, key, number, refers, table, text

image_manifests: Final = table(
    "image_manifests",
    "The manifests behind each image of a store: with several platforms one for each.",
    key("store_id", "The store."),
    key("engine_image_id", "ID that the engine shows for the image."),
    key("manifest_digest", "Digest of the manifest."),
    number("position", "1 is the first in the index.", nullable=False),
    text("image_id", "Digest of the config, where it is an image's and on the disk."),
    text("os", "Operating system of the platform."),
    text("architecture", "CPU architecture of the platform."),
    text("variant", "Variant of the architecture."),
    flag("present", "1 where the manifest is on the disk.", nullable=False),
    flag("attestation", "1 for an attestation, which is no image.", nullable=False),
    flag("chosen", "1 for the one that stands for the image.", nullable=False),
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
    text("media_type", "Media type, where something on the disk names it."),
    number("size_bytes", "Length as containerd noted it."),
    flag("present", "1 where the file is there with that length.", nullable=False),
    text("diff_id", "Digest of the layer's uncompressed tar, for a layer that was unpacked."),
    text("created_at", "When it was noted (UTC)."),
    flag(
        "kept",
        "1 where it stays whatever goes: another user has it too, or it is marked.",
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
    "What the labels of blobs keep from being collected, beside what manifests name.",
    key("store_id", "The store."),
    key("blob_digest", "The blob."),
    key("kind", "content or snapshot."),
    key("reference", "Digest of the blob, or key of the snapshot, that it keeps."),
    refers("store_id blob_digest", "store_blobs.store_id store_blobs.blob_digest"),
    index("store_id", "kind", "reference"),
    label="reference",
    facets=("kind",),
)

snapshots: Final = table(
    "snapshots",
    "Snapshots that containerd keeps for Docker: layers, read-write layers and build cache.",
    key("store_id", "The store."),
    key("snapshot_key", "Name: a chain ID, a container ID, or another ID."),
    text("snapshot_id", "Directory of the snapshotter; NULL where the snapshotter has none."),
    text("kind", "committed, active or view; NULL where the snapshotter has none."),
    text("parent_key", "The snapshot below."),
    text("chain_id", "Chain ID of the layer that it holds."),
    number("size_bytes", "Disk space of this snapshot alone; NULL until it is committed."),
    text("created_at", "When it was made (UTC)."),
    text("updated_at", "When it was last changed (UTC)."),
    flag("kept", "1 where it stays whatever goes, as it is marked."),
    refers("store_id", "stores.store_id"),
    index("snapshot_key"),
    index("store_id", "snapshot_id"),
    index("store_id", "parent_key"),
    label="snapshot_key",
    facets=("kind",),
)

snapshot_references: Final = table(
    "snapshot_references",
    "What labels say that a snapshot keeps from being collected, beside the one below.",
    key("store_id", "The store."),
    key("snapshot_key", "The snapshot."),
    key("kind", "content or snapshot."),
    key("reference", "Digest of the blob, or key of the snapshot, that it keeps."),
    refers("store_id snapshot_key", "snapshots.store_id snapshots.snapshot_key"),
    index("store_id", "kind", "reference"),
    label="reference",
    facets=("kind",),
)

leases: Final = table(
    "leases",
    "Leases: what keeps containerd from removing blobs and snapshots that no image has.",
    key("store_id", "The store."),
    key("lease_id", "The lease: a container ID, or that of a pull, a build or an image."),
    text("created_at", "When it was made (UTC)."),
    text("expires_at", "When it ends (UTC); NULL for never."),
    flag("pruned", "1 where docker image prune ends it before its time.", nullable=False),
    refers("store_id", "stores.store_id"),
    label="lease_id",
)

lease_resources: Final = table(
    "lease_resources",
    "What each lease keeps.",
    key("store_id", "The store."),
    key("lease_id", "The lease."),
    key("kind", "content, snapshot, ingest or image."),
    key("resource", "Digest of the blob, key of the snapshot, or name."),
    refers("store_id lease_id", "leases.store_id leases.lease_id"),
    index("store_id", "kind", "resource"),
    label="resource",
    facets=("kind",),
)
