"""Checks who may change the files that the engine trusts, by their owners and modes.

Whoever can change an image config or a layer's `cache-id` decides what containers run. The engine
runs as the owner of the root and makes its folders with modes 0700 to 0711 and its files with 0600
to 0644 (moby `daemon/daemon.go`, `pkg/ioutils/fswriters.go`).
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Final

from indexer.docker.files.folder import GoneError, UnreadableError
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.files.folder import Folder

_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH
_PLACES: Final = (
    ("engine-id",),
    ("image",),
    ("containers",),
    ("volumes",),
    ("volumes", "metadata.db"),
    ("network", "files", "local-kv.db"),
    ("buildkit",),
)
_STORE_PLACES: Final = (
    (),
    ("repositories.json",),
    ("imagedb",),
    ("imagedb", "content"),
    ("imagedb", "content", "sha256"),
    ("imagedb", "metadata"),
    ("layerdb",),
    ("layerdb", "sha256"),
    ("layerdb", "mounts"),
    ("distribution",),
)
_DEEPEST: Final = 8
_MOST_SINGLE: Final = 8
"""With more findings than this, nobody changed single files: the whole root lost its modes."""

_PER_CONTAINER: Final = ("config.v2.json", "hostconfig.json")


def check_ownership(root: Folder, drivers: tuple[str, ...]) -> tuple[Finding, ...]:
    """Findings for files that a user other than the root's owner owns or can write.

    It checks the folders of the stores of `drivers`, the databases, and the files of each
    container. Layers and images are not checked one by one, since the folders that hold them are.
    """
    owners = root.owners()
    # With userns-remap the group of the root is the ID that root has in containers.
    trusted = frozenset({0, owners.user, owners.group})
    places = [*_PLACES, *_driver_places(drivers)]
    findings = [it for place in places for it in _check(root, place, trusted)]
    return _summarized([*findings, *_check_containers(root, trusted)])


def check_tree(root: Folder) -> Iterator[Finding]:
    """The same findings for every file and folder below `image`, for a thorough check."""
    owners = root.owners()
    trusted = frozenset({0, owners.user, owners.group})
    below = _check_below(root, "image", trusted, _DEEPEST)
    yield from _summarized([*_check_entry(root, "image", trusted), *below])


def _summarized(findings: list[Finding]) -> tuple[Finding, ...]:
    """`findings`, or one that stands for them if there are too many to be about single files."""
    if len(findings) <= _MOST_SINGLE:
        return tuple(findings)
    first = findings[0]
    message = (
        f"{len(findings)} files and folders that the engine trusts, such as {first.path}, belong "
        "to other users or can be written by them; these users can make the engine do anything. "
        "If this is a copy, it was made without owners and modes."
    )
    return (Finding("S1", "root", None, ".", message),)


def _check_below(
    above: Folder, name: str, trusted: frozenset[int], levels: int
) -> Iterator[Finding]:
    try:
        with above.folder(name) as folder:
            for entry, kind in sorted(folder.kinds().items()):
                yield from _check_entry(folder, entry, trusted)
                if kind == "folder" and levels:
                    yield from _check_below(folder, entry, trusted, levels - 1)
    except (GoneError, UnreadableError):
        return


def _driver_places(drivers: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for driver in drivers:
        yield from (("image", driver, *place) for place in _STORE_PLACES)


def _check(root: Folder, place: tuple[str, ...], trusted: frozenset[int]) -> Iterator[Finding]:
    try:
        if len(place) == 1:
            yield from _check_entry(root, place[0], trusted)
            return
        with root.descend(*place[:-1]) as folder:
            yield from _check_entry(folder, place[-1], trusted)
    except (GoneError, UnreadableError):
        # The reader of this place reports it.
        return


def _check_containers(root: Folder, trusted: frozenset[int]) -> list[Finding]:
    findings: list[Finding] = []
    try:
        with root.folder("containers") as folder:
            for name, kind in sorted(folder.kinds().items()):
                if kind == "folder":
                    with folder.folder(name) as container:
                        for file in _PER_CONTAINER:
                            findings += _check_entry(container, file, trusted, name)
    except (GoneError, UnreadableError):
        return findings
    return findings


def _check_entry(
    folder: Folder, name: str, trusted: frozenset[int], container: str | None = None
) -> Iterator[Finding]:
    try:
        user, _, mode = folder.owners(name)
    except (GoneError, UnreadableError):
        return
    if stat.S_ISLNK(mode):
        # A link always has mode 0777, and only its folder decides who may replace it.
        return
    if user in trusted and not mode & _OTHERS:
        return
    path = folder.join(name)
    kind = "root" if container is None else "container"
    reason = f"belongs to user {user}" if user not in trusted else "can be written by other users"
    message = f"{path} {reason}, who can make the engine do anything."
    yield Finding("S1", kind, container, path, message)
