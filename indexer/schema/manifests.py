"""Tables of manifests and image indexes, keyed by digest (OCI image-spec)."""

from typing import Final

from indexer.schema.columns import flag, index, key, number, number_key, refers, table, text

manifests: Final = table(
    "manifests",
    "Manifests of images and of what belongs to them, such as attestations.",
    key("manifest_digest", "Digest of the manifest."),
    text("media_type", "Media type, e.g. application/vnd.oci.image.manifest.v1+json."),
    text("artifact_type", "Field artifactType; NULL if the manifest has none."),
    text("config_digest", "Digest of the config, which is the image ID if it describes an image."),
    number("config_bytes", "Length of the config in bytes."),
    number("size_bytes", "Length of the manifest in bytes."),
    index("config_digest"),
    label="manifest_digest",
    facets=("media_type",),
)

manifest_layers: Final = table(
    "manifest_layers",
    "The blobs of each manifest, bottom layer first.",
    key("manifest_digest", "The manifest."),
    number_key("position", "1 is the bottom layer."),
    text("blob_digest", "Digest of the blob, which is usually compressed.", nullable=False),
    text("media_type", "Media type of the blob."),
    number("size_bytes", "Length of the blob in bytes."),
    refers("manifest_digest", "manifests.manifest_digest"),
    index("blob_digest"),
    label="blob_digest",
)

index_manifests: Final = table(
    "index_manifests",
    "The entries of each image index (manifest list): one manifest for each platform, and "
    "attestations.",
    key("index_digest", "Digest of the index."),
    number_key("position", "1 is the first entry."),
    text("manifest_digest", "Digest of the manifest or of a nested index.", nullable=False),
    text("media_type", "Media type of the manifest."),
    number("size_bytes", "Length of the manifest in bytes."),
    text("os", "Operating system of the platform, e.g. linux."),
    text("architecture", "CPU architecture of the platform, e.g. arm64."),
    text("variant", "Variant of the architecture, e.g. v8."),
    text("os_version", "Version of the operating system (Windows)."),
    flag("attestation", "1 for an attestation, which is not an image.", nullable=False),
    index("manifest_digest"),
    label="manifest_digest",
    facets=("os", "architecture"),
)
