"""Who may change what the engine trusts: owners and modes of its own files and folders.

The engine runs as the owner of the root, makes its folders 0700 to 0711 and its files 0600 to 0644
(moby `daemon/daemon.go`, `pkg/ioutils/fswriters.go`).
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
"""More findings than these are not what somebody did to one file."""

_PER_CONTAINER: Final = ("config.v2.json", "hostconfig.json")


def check_ownership(root: Folder, drivers: tuple[str, ...]) -> tuple[Finding, ...]:
    """Findings for what another user than the owner of the root owns or can write.

    Looked at are the folders of the stores of `drivers`, the databases, and each container; not
    each layer and image, which lie in folders of theirs.
    """
    owners = root.owners()
    # With userns-remap the group of the root is the ID that root has in containers.
    trusted = frozenset({0, owners.user, owners.group})
    places = [*_PLACES, *_driver_places(drivers)]
    found = [it for place in places for it in _check(root, place, trusted)]
    return _summed_up([*found, *_check_containers(root, trusted)])


def check_tree(root: Folder) -> Iterator[Finding]:
    """The same for every file and folder below `image`, where the engine keeps what it trusts."""
    owners = root.owners()
    trusted = frozenset({0, owners.user, owners.group})
    found = [*_look(root, "image", trusted), *_check_below(root, "image", trusted, _DEEPEST)]
    yield from _summed_up(found)


def _summed_up(found: list[Finding]) -> tuple[Finding, ...]:
    """`found`, or one finding where it is so much that the whole root is a copy without modes."""
    if len(found) <= _MOST_SINGLE:
        return tuple(found)
    first = found[0]
    message = (
        f"{len(found)} files and folders that the engine trusts, such as {first.path}, belong to "
        "other users or can be written by them, who can have the engine do what they like. Where "
        "this is a copy, it was made without owners and modes."
    )
    return (Finding("S1", "root", None, ".", message),)


def _check_below(
    above: Folder, name: str, trusted: frozenset[int], levels: int
) -> Iterator[Finding]:
    try:
        with above.folder(name) as folder:
            for entry, kind in sorted(folder.kinds().items()):
                yield from _look(folder, entry, trusted)
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
            yield from _look(root, place[0], trusted)
            return
        with root.descend(*place[:-1]) as folder:
            yield from _look(folder, place[-1], trusted)
    except (GoneError, UnreadableError):
        # The readers of these places say why.
        return


def _check_containers(root: Folder, trusted: frozenset[int]) -> list[Finding]:
    found: list[Finding] = []
    try:
        with root.folder("containers") as folder:
            for name, kind in sorted(folder.kinds().items()):
                if kind == "folder":
                    with folder.folder(name) as container:
                        for file in _PER_CONTAINER:
                            found += _look(container, file, trusted, name)
    except (GoneError, UnreadableError):
        return found
    return found


def _look(
    folder: Folder, name: str, trusted: frozenset[int], container: str | None = None
) -> Iterator[Finding]:
    try:
        user, _, mode = folder.owners(name)
    except (GoneError, UnreadableError):
        return
    if stat.S_ISLNK(mode):
        return
    if user in trusted and not mode & _OTHERS:
        return
    path = folder.join(name)
    kind = "root" if container is None else "container"
    reason = f"belongs to user {user}" if user not in trusted else "can be written by other users"
    message = f"{path} {reason}, who can have the engine do what they like."
    yield Finding("S1", kind, container, path, message)
