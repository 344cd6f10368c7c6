"""Which images and containers a fault in containerd's store stops, said in its message.

The readers of blobs and snapshots know no names and no containers; the rows of the root do.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import literal, select, union

from indexer.schema.containerd import image_manifests, snapshots
from indexer.schema.content import images, repositories
from indexer.schema.manifests import manifest_layers, manifests
from indexer.schema.placement import repo_digests, store_images, stores, tags
from indexer.schema.runtime import containers
from indexer.sync.store_key import CONTAINERD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from indexer.docker.findings import Finding

_OF_BLOBS: Final = frozenset({"K2", "K3", "K4"})
_OF_SNAPSHOTS: Final = frozenset({"K6", "K8"})
_MOST: Final = 20


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
        self._own = (
            select(stores.c.store_id)
            .where(stores.c.root_id == root_id, stores.c.kind == CONTAINERD)
            .scalar_subquery()
        )
        self._root_id = root_id
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
        for table, name, mark in (
            (tags, tags.c.tag, ":"),
            (repo_digests, repo_digests.c.digest, "@"),
        ):
            query = (
                select(
                    table.c.store_id,
                    table.c.engine_image_id,
                    repositories.c.familiar_name + literal(mark) + name,
                )
                .join(repositories, repositories.c.repository == table.c.repository)
                .where(table.c.store_id.in_(self._own))
            )
            tagged = set(found)
            for store_id, engine_image_id, shown in self._connection.execute(query):
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
        columns = (containers.c.container_id, containers.c.name)
        shown = (containers.c.engine_image_id, containers.c.manifest_digest)
        query = select(*columns, *shown).where(
            containers.c.root_id == self._root_id, containers.c.store_id.in_(self._own)
        )
        for container_id, name, image, manifest in self._connection.execute(query):
            for key in (container_id, manifest, _whole(image) if manifest else image):
                if key is not None:
                    found[key].add(name or container_id)
        return found

    def _of_blob(self, digest: str) -> tuple[set[_Image], set[str]]:
        """The images that need the blob `digest`, and by what their containers are found.

        It is their target, a manifest, its config or a packed layer.
        """
        by_layer = select(manifest_layers.c.manifest_digest).where(
            manifest_layers.c.blob_digest == digest
        )
        by_config = select(manifests.c.manifest_digest).where(manifests.c.config_digest == digest)
        wanted = union(
            select(literal(digest).label("manifest_digest")), by_layer, by_config
        ).subquery()
        of_manifests = (
            select(
                image_manifests.c.store_id,
                image_manifests.c.engine_image_id,
                image_manifests.c.manifest_digest,
            )
            .join(wanted, wanted.c.manifest_digest == image_manifests.c.manifest_digest)
            .where(image_manifests.c.store_id.in_(self._own))
        )
        found: set[_Image] = set()
        keys: set[str] = set()
        for store_id, engine_image_id, manifest in self._connection.execute(of_manifests):
            found.add(_Image(store_id, engine_image_id))
            keys |= {engine_image_id, manifest}
        whole = select(store_images.c.store_id, store_images.c.engine_image_id).where(
            store_images.c.store_id.in_(self._own), store_images.c.engine_image_id == digest
        )
        for row in self._connection.execute(whole):
            found.add(_Image(*row))
            keys |= {digest, _whole(digest)}
        return found, keys

    def _standing_on(self, key: str) -> set[str]:
        """The snapshot `key` and all that stand on it."""
        if self._above is None:
            above: defaultdict[str, set[str]] = defaultdict(set)
            query = select(snapshots.c.parent_key, snapshots.c.snapshot_key).where(
                snapshots.c.store_id.in_(self._own), snapshots.c.parent_key.is_not(None)
            )
            for parent, child in self._connection.execute(query):
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
            query = (
                select(
                    images.c.top_chain_id,
                    image_manifests.c.store_id,
                    image_manifests.c.engine_image_id,
                )
                .join(images, images.c.image_id == image_manifests.c.image_id)
                .where(
                    image_manifests.c.store_id.in_(self._own), images.c.top_chain_id.is_not(None)
                )
            )
            for chain_id, *image in self._connection.execute(query):
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
