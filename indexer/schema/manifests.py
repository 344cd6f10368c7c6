"""Manifests and indexes: content that a digest determines, as registries and containerd have it."""

from typing import Final

from indexer.schema.columns import flag, index, key, number, number_key, refers, table, text

manifests: Final = table(
    "manifests",
    "Manifests of images and of what comes with them, such as attestations.",
    key("manifest_digest", "Digest of the manifest."),
    text("media_type", "Media type, e.g. application/vnd.oci.image.manifest.v1+json."),
    text("artifact_type", "What it is, where it says so."),
    text("config_digest", "Digest of its config: the image ID, where it is an image's."),
    number("config_bytes", "Length of the config."),
    number("size_bytes", "Length of the manifest."),
    index("config_digest"),
    label="manifest_digest",
    facets=("media_type",),
)

manifest_layers: Final = table(
    "manifest_layers",
    "The blobs of each manifest, bottom layer first.",
    key("manifest_digest", "The manifest."),
    number_key("position", "1 is the bottom layer."),
    text("blob_digest", "Digest of the blob, mostly compressed.", nullable=False),
    text("media_type", "Media type of the blob."),
    number("size_bytes", "Length of the blob."),
    refers("manifest_digest", "manifests.manifest_digest"),
    index("blob_digest"),
    label="blob_digest",
)

index_manifests: Final = table(
    "index_manifests",
    "What each index (manifest list) is made of: one manifest for each platform, and attestations.",
    key("index_digest", "Digest of the index."),
    number_key("position", "1 is the first entry."),
    text("manifest_digest", "Digest of the manifest or of a further index.", nullable=False),
    text("media_type", "Its media type."),
    number("size_bytes", "Its length."),
    text("os", "Operating system of the platform, e.g. linux."),
    text("architecture", "CPU architecture of the platform, e.g. arm64."),
    text("variant", "Variant of the architecture, e.g. v8."),
    text("os_version", "Version of the operating system (Windows)."),
    flag("attestation", "1 for an attestation, which is no image.", nullable=False),
    index("manifest_digest"),
    label="manifest_digest",
    facets=("os", "architecture"),
)
