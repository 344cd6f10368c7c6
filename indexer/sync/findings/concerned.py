"""Adds to findings in containerd's store the images and containers that fail because of them.

The readers of blobs and snapshots do not know names and containers. The rows of the root have them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.docker.rules.finding import Finding
    from indexer.sync.engine.root_sync import RootSync

_OF_BLOBS: Final = frozenset({"K2", "K3", "K4"})
_OF_SNAPSHOTS: Final = frozenset({"K6", "K8"})
_MOST_NAMES: Final = 20
_TAGS: Final = """
    SELECT t.store_id, t.engine_image_id, r.familiar_name || ':' || t.tag
    FROM tags AS t
    JOIN repositories AS r ON r.repository = t.repository
    JOIN stores AS s ON s.store_id = t.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'containerd'
"""
_DIGESTS: Final = """
    SELECT d.store_id, d.engine_image_id, r.familiar_name || '@' || d.digest
    FROM repo_digests AS d
    JOIN repositories AS r ON r.repository = d.repository
    JOIN stores AS s ON s.store_id = d.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'containerd'
"""
_CONTAINERS: Final = """
    SELECT c.container_id, c.name, c.engine_image_id, c.manifest_digest
    FROM containers AS c
    JOIN stores AS s ON s.store_id = c.store_id
    WHERE c.root_id = :root_id
        AND s.kind = 'containerd'
"""
_OF_MANIFESTS: Final = """
    SELECT i.store_id, i.engine_image_id, i.manifest_digest
    FROM image_manifests AS i
    JOIN stores AS s ON s.store_id = i.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'containerd'
        AND i.manifest_digest IN (
            SELECT CAST(:digest AS TEXT)
            UNION
            SELECT manifest_digest FROM manifest_layers WHERE blob_digest = :digest
            UNION
            SELECT manifest_digest FROM manifests WHERE config_digest = :digest
        )
"""
_OF_TARGET: Final = """
    SELECT i.store_id, i.engine_image_id
    FROM store_images AS i
    JOIN stores AS s ON s.store_id = i.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'containerd'
        AND i.engine_image_id = :digest
"""
_PARENTS: Final = """
    SELECT n.parent_key, n.snapshot_key
    FROM snapshots AS n
    JOIN stores AS s ON s.store_id = n.store_id
    WHERE s.root_id = :root_id
        AND n.parent_key IS NOT NULL
"""
_TOP_LAYERS: Final = """
    SELECT i.top_chain_id, m.store_id, m.engine_image_id
    FROM image_manifests AS m
    JOIN images AS i ON i.image_id = m.image_id
    JOIN stores AS s ON s.store_id = m.store_id
    WHERE s.root_id = :root_id
        AND s.kind = 'containerd'
        AND i.top_chain_id IS NOT NULL
"""


class _Image(NamedTuple):
    """An image as the engine lists it, by its store and its engine image ID."""

    store_id: str
    engine_image_id: str


class _Needs(NamedTuple):
    """The images that need something, and the keys by which their containers are looked up."""

    images: set[_Image]
    container_keys: set[str]


def with_concerned(sync: RootSync, findings: list[Finding]) -> list[Finding]:
    """Return `findings`; those on blobs and snapshots name the images and containers that fail."""
    if not any(it.rule in _OF_BLOBS | _OF_SNAPSHOTS and it.object_id for it in findings):
        return findings
    concerned = _Concerned(sync)
    return [concerned.named(it) for it in findings]


class _Concerned:
    """Looks up a root's images and containers by the blobs and snapshots that they need."""

    def __init__(self, sync: RootSync) -> None:
        self._connection = sync.connection
        self._scope = sync.scope
        self._image_names = self._load_image_names()
        self._container_names = self._load_container_names()
        self._children: Mapping[str, set[str]] | None = None
        self._images_by_top_layer: Mapping[str, set[_Image]] | None = None

    def named(self, finding: Finding) -> Finding:
        """`finding` with the images and containers at the end of its message."""
        if finding.object_id is None or finding.rule not in _OF_BLOBS | _OF_SNAPSHOTS:
            return finding
        if finding.rule in _OF_BLOBS:
            needs = self._needs_of_blob(finding.object_id)
        else:
            keys = self._with_descendants(finding.object_id)
            needs = _Needs(self._images_of_layers(keys), keys)
        images = {
            name
            for image in needs.images
            for name in self._image_names.get(image) or (f"{image.engine_image_id} without a name",)
        }
        containers = {
            name
            for key in needs.container_keys
            for name in self._container_names[key.removesuffix("-init")]
        }
        message = finding.message
        for kind, names in (("image", images), ("container", containers)):
            message += _sentence(kind, sorted(names))
        return finding._replace(message=message)

    def _load_image_names(self) -> defaultdict[_Image, set[str]]:
        """The tags of each image, or its digest references if it has no tag."""
        names: defaultdict[_Image, set[str]] = defaultdict(set)
        for query in (_TAGS, _DIGESTS):
            tagged = set(names)
            for store_id, engine_image_id, name in self._connection.rows(query, self._scope):
                image = _Image(store_id, engine_image_id)
                if image not in tagged:
                    names[image].add(name)
        return names

    def _load_container_names(self) -> defaultdict[str, set[str]]:
        """The names of containers by their own ID, by manifest digest and by image.

        Engines before 25.0 do not record the manifest of a container, so such a container has the
        engine image ID as its key. The others have the key of `_any_platform` for their image.
        """
        names: defaultdict[str, set[str]] = defaultdict(set)
        rows = self._connection.rows(_CONTAINERS, self._scope)
        for container_id, name, image_id, manifest in rows:
            for key in (container_id, manifest, _any_platform(image_id) if manifest else image_id):
                if key is not None:
                    names[key].add(name or container_id)
        return names

    def _needs_of_blob(self, digest: str) -> _Needs:
        """What needs the blob `digest`: an image's target, a manifest, a config or a layer."""
        values = {**self._scope, "digest": digest}
        needs = _Needs(set(), set())
        for store_id, engine_image_id, manifest in self._connection.rows(_OF_MANIFESTS, values):
            needs.images.add(_Image(store_id, engine_image_id))
            needs.container_keys.update({engine_image_id, manifest})
        for row in self._connection.rows(_OF_TARGET, values):
            needs.images.add(_Image(*row))
            needs.container_keys.update({digest, _any_platform(digest)})
        return needs

    def _with_descendants(self, key: str) -> set[str]:
        """The keys of the snapshot `key` and of all snapshots above it."""
        if self._children is None:
            children: defaultdict[str, set[str]] = defaultdict(set)
            for parent, child in self._connection.rows(_PARENTS, self._scope):
                children[parent].add(child)
            self._children = children
        keys = {key}
        waiting = [key]
        while waiting:
            new = self._children.get(waiting.pop(), set()) - keys
            keys |= new
            waiting += new
        return keys

    def _images_of_layers(self, keys: set[str]) -> set[_Image]:
        """The images whose top layer is one of the snapshots `keys`."""
        if self._images_by_top_layer is None:
            images: defaultdict[str, set[_Image]] = defaultdict(set)
            for chain_id, *image in self._connection.rows(_TOP_LAYERS, self._scope):
                images[chain_id].add(_Image(*image))
            self._images_by_top_layer = images
        return {image for key in keys for image in self._images_by_top_layer.get(key, ())}


def _any_platform(image_id: str | None) -> str:
    """The key of the containers of an image, whatever their platform."""
    return f"all of {image_id}"


def _sentence(kind: str, names: list[str]) -> str:
    if not names:
        return ""
    words = kind if len(names) == 1 else f"{kind}s"
    more = len(names) - _MOST_NAMES
    rest = f" and {more} more" if more > 0 else ""
    return f" Concerned: {words} {', '.join(names[:_MOST_NAMES])}{rest}."
