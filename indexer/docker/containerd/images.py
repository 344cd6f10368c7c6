"""Finds the images of the store: the manifests that are reachable from the targets of image names.

Source: moby `daemon/containerd/image_list.go` (`multiPlatformSummary`), containerd
`core/images/handlers.go`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.containerd.manifests import (
    CONFIG_TYPES,
    MANIFEST_TYPES,
    Index,
    IndexEntry,
    Manifest,
    Platform,
)
from indexer.docker.encodings.digests import chain_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from indexer.docker.containerd.metadata import ImageBucket
    from indexer.docker.image_store.image_config import ImageConfig
    from indexer.docker.rules.finding import Finding

_PARENT: Final = "org.mobyproject.image.parent"
_OLDEST_ARM64: Final = "v8"


class ImageManifest(NamedTuple):
    """A manifest that is reachable from the target of an image.

    `is_present` means that its blob exists and decodes. `is_image` means the same of its config,
    and that this is an image config; `image_id` is its digest. `platform` comes from the entry in
    the index, or else from the config. `is_chosen` marks the manifest that represents the image.
    """

    manifest_digest: str
    is_present: bool
    is_attestation: bool
    is_image: bool
    image_id: str | None
    platform: Platform | None
    is_chosen: bool


class EngineImage(NamedTuple):
    """An image as Docker lists it. Its ID is the digest of its target. Times are UTC text.

    After `expires_at`, containerd may remove it; None means never. `manifests` are all manifests
    that its index names, present or not, in the order of the index.
    """

    engine_image_id: str
    media_type: str
    parent: str | None
    last_tagged_at: str | None
    expires_at: str | None
    created_at: str | None
    manifests: tuple[ImageManifest, ...]


class Documents(NamedTuple):
    """The documents that decode, by digest, and findings about those that do not."""

    indexes: Mapping[str, Index]
    manifests: Mapping[str, Manifest]
    configs: Mapping[str, ImageConfig]
    findings: tuple[Finding, ...] = ()


def image_config_of(manifest: Manifest) -> str | None:
    """The digest of the config of `manifest`; None if it is not an image config."""
    config = manifest.config
    if config is None or config.media_type not in CONFIG_TYPES:
        return None
    return config.digest


def engine_images(names: Iterable[ImageBucket], documents: Documents) -> tuple[EngineImage, ...]:
    """The images that `names` point to, one for each target, sorted by digest."""
    by_target: dict[str, list[ImageBucket]] = {}
    for name in names:
        by_target.setdefault(name.target, []).append(name)
    images = [_image(target, group, documents) for target, group in sorted(by_target.items())]
    best = usual_platform(images)
    return tuple(image._replace(manifests=_with_chosen(image.manifests, best)) for image in images)


def top_chains(images: Iterable[EngineImage], documents: Documents) -> dict[str, frozenset[str]]:
    """Map the ID of each image to the chain IDs of its top layers, one for each platform."""
    tops = {
        config.image_id: chain_ids(config.diff_ids)[-1]
        for config in documents.configs.values()
        if config.diff_ids
    }
    return {
        image.engine_image_id: frozenset(
            tops[it.image_id] for it in image.manifests if it.image_id in tops
        )
        for image in images
    }


def usual_platform(images: Iterable[EngineImage]) -> tuple[str, str, str] | None:
    """The most frequent platform of `images`, None if there is no image.

    The root does not record the platform of the host. The engine prefers it, and most images that
    it pulls are for it.
    """
    common = Counter(
        comparable(it.platform)
        for image in images
        for it in image.manifests
        if it.is_image and it.is_present
    )
    # Break ties by name, so that the answer does not depend on the order of the images.
    return min(common, key=lambda platform: (-common[platform], platform), default=None)


def _image(target: str, names: list[ImageBucket], documents: Documents) -> EngineImage:
    media_type = next((name.media_type for name in names if name.media_type), "")
    entry = IndexEntry(media_type, target, None, None, is_attestation=False)
    manifests: dict[str, ImageManifest] = {}
    for found in _manifest_entries(entry, documents):
        if found.digest not in manifests:
            manifests[found.digest] = _manifest(found, documents)
    return EngineImage(
        engine_image_id=target,
        media_type=media_type,
        parent=next((name.labels[_PARENT] for name in names if name.labels.get(_PARENT)), None),
        last_tagged_at=max((it.updated_at for it in names if it.updated_at), default=None),
        expires_at=_last_expiry(names),
        created_at=min((it.created_at for it in names if it.created_at), default=None),
        manifests=tuple(manifests.values()),
    )


def _last_expiry(names: list[ImageBucket]) -> str | None:
    """The expiry time of the last of `names` to expire; None if one of them never does."""
    times = [name.expires_at for name in names if name.expires_at is not None]
    return max(times) if len(times) == len(names) else None


def _manifest_entries(target: IndexEntry, documents: Documents) -> Iterator[IndexEntry]:
    """The manifests below `target`, depth first; a missing index contributes none."""
    pending = [target]
    seen: set[str] = set()
    while pending:
        entry = pending.pop()
        index = documents.indexes.get(entry.digest)
        if index is not None:
            if entry.digest not in seen:
                # The last item is popped first, so reverse the entries to keep their order.
                pending.extend(reversed(index.entries))
        elif entry.digest in documents.manifests or entry.media_type in MANIFEST_TYPES:
            yield entry
        seen.add(entry.digest)


def _manifest(entry: IndexEntry, documents: Documents) -> ImageManifest:
    manifest = documents.manifests.get(entry.digest)
    config_digest = None if manifest is None or entry.is_attestation else image_config_of(manifest)
    config = None if config_digest is None else documents.configs.get(config_digest)
    platform = entry.platform
    if platform is None and config is not None:
        platform = Platform(config.os, config.architecture, config.variant, config.os_version)
    return ImageManifest(
        manifest_digest=entry.digest,
        is_present=manifest is not None,
        is_attestation=entry.is_attestation,
        is_image=config is not None,
        image_id=None if config is None else config.image_id,
        platform=platform,
        is_chosen=False,
    )


def _with_chosen(
    manifests: tuple[ImageManifest, ...], best: tuple[str, str, str] | None
) -> tuple[ImageManifest, ...]:
    candidates = [it for it in manifests if it.is_image and it.is_present]
    if not candidates:
        return manifests
    chosen = next((it for it in candidates if comparable(it.platform) == best), candidates[0])
    return tuple(it._replace(is_chosen=it is chosen) for it in manifests)


def comparable(platform: Platform | None) -> tuple[str, str, str]:
    """OS, architecture and variant in normal form, for comparison.

    arm64 without a variant means v8 (containerd `platforms.Normalize`).
    """
    if platform is None:
        return "", "", ""
    variant = platform.variant or ""
    if platform.architecture == "arm64" and variant == _OLDEST_ARM64:
        variant = ""
    return platform.os or "", platform.architecture or "", variant
