"""Which images and containers a fault in containerd's store stops, said in its message.

The readers of blobs and snapshots know no names and no containers; the rows of the root do.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from indexer.docker.rules.finding import Finding
    from indexer.index.connection import Connection

_OF_BLOBS: Final = frozenset({"K2", "K3", "K4"})
_OF_SNAPSHOTS: Final = frozenset({"K6", "K8"})
_MOST: Final = 20
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
    """An image as the engine lists it: the store and the ID that the engine shows."""

    store_id: str
    engine_image_id: str


def with_concerned(connection: Connection, root_id: str, found: Iterable[Finding]) -> list[Finding]:
    """`found`, with the images and containers named that those on containerd's store stop."""
    findings = list(found)
    if not any(it.rule in _OF_BLOBS | _OF_SNAPSHOTS and it.object_id for it in findings):
        return findings
    concerned = _Concerned(connection, root_id)
    return [concerned.named(it) for it in findings]


class _Concerned:
    """The names of a root's images and containers, by the blobs and snapshots they need."""

    def __init__(self, connection: Connection, root_id: str) -> None:
        self._connection = connection
        self._root = {"root_id": root_id}
        self._names = self._image_names()
        self._users = self._containers()
        self._above: Mapping[str, set[str]] | None = None
        self._tops: Mapping[str, set[_Image]] | None = None

    def named(self, finding: Finding) -> Finding:
        """`finding` with what it concerns at the end of its message."""
        if finding.object_id is None or finding.rule not in _OF_BLOBS | _OF_SNAPSHOTS:
            return finding
        if finding.rule in _OF_BLOBS:
            stopped, keys = self._of_blob(finding.object_id)
        else:
            keys = self._standing_on(finding.object_id)
            stopped = self._of_layers(keys)
        names = {
            name
            for image in stopped
            for name in self._names.get(image) or (f"{image.engine_image_id} without a name",)
        }
        users = {name for key in keys for name in self._users[key.removesuffix("-init")]}
        message = finding.message
        for kind, concerned in (("image", names), ("container", users)):
            message += _sentence(kind, sorted(concerned))
        return finding._replace(message=message)

    def _image_names(self) -> defaultdict[_Image, set[str]]:
        """The tags of each image; the digest references of one without tags."""
        found: defaultdict[_Image, set[str]] = defaultdict(set)
        for query in (_TAGS, _DIGESTS):
            tagged = set(found)
            for store_id, engine_image_id, shown in self._connection.rows(query, self._root):
                image = _Image(store_id, engine_image_id)
                if image not in tagged:
                    found[image].add(shown)
        return found

    def _containers(self) -> defaultdict[str, set[str]]:
        """The names of containers by their own ID and by the digest of their manifest.

        By that of their image, as the engine shows it, where it was not noted, as before 25.0, and
        where it is what the image as a whole is known by.
        """
        found: defaultdict[str, set[str]] = defaultdict(set)
        for container_id, name, image, manifest in self._connection.rows(_CONTAINERS, self._root):
            for key in (container_id, manifest, _whole(image) if manifest else image):
                if key is not None:
                    found[key].add(name or container_id)
        return found

    def _of_blob(self, digest: str) -> tuple[set[_Image], set[str]]:
        """The images that need the blob `digest`, and by what their containers are found.

        It is their target, a manifest, its config or a packed layer.
        """
        values = {**self._root, "digest": digest}
        found: set[_Image] = set()
        keys: set[str] = set()
        for store_id, engine_image_id, manifest in self._connection.rows(_OF_MANIFESTS, values):
            found.add(_Image(store_id, engine_image_id))
            keys |= {engine_image_id, manifest}
        for row in self._connection.rows(_OF_TARGET, values):
            found.add(_Image(*row))
            keys |= {digest, _whole(digest)}
        return found, keys

    def _standing_on(self, key: str) -> set[str]:
        """The snapshot `key` and all that stand on it."""
        if self._above is None:
            above: defaultdict[str, set[str]] = defaultdict(set)
            for parent, child in self._connection.rows(_PARENTS, self._root):
                above[parent].add(child)
            self._above = above
        found = {key}
        waiting = [key]
        while waiting:
            new = self._above.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return found

    def _of_layers(self, keys: set[str]) -> set[_Image]:
        """The images whose top layer is one of the snapshots `keys`."""
        if self._tops is None:
            tops: defaultdict[str, set[_Image]] = defaultdict(set)
            for chain_id, *image in self._connection.rows(_TOP_LAYERS, self._root):
                tops[chain_id].add(_Image(*image))
            self._tops = tops
        return {image for key in keys for image in self._tops.get(key, ())}


def _whole(image_id: str | None) -> str:
    """What stands for all containers of an image, of whatever platform."""
    return f"all of {image_id}"


def _sentence(kind: str, names: list[str]) -> str:
    if not names:
        return ""
    words = kind if len(names) == 1 else f"{kind}s"
    more = len(names) - _MOST
    rest = f" and {more} more" if more > 0 else ""
    return f" Concerned: {words} {', '.join(names[:_MOST])}{rest}."
