"""Links that an administrator put in place of folders directly under a Docker root.

An administrator moves `containers` or `overlay2` to another disk in this way, and the engine
follows the link. Here such links are followed only if the caller asks for it, and once, when the
root is opened. A link further down is never followed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.drivers.places import LAYER_PLACES
from indexer.docker.files.folder import Folder, GoneError, UnreadableError, printable
from indexer.docker.files.system_tree import SystemTree
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PARTS: Final = frozenset(
    {"buildkit", "containerd", "containers", "image", "network", "volumes"}
) | {place.prefix.partition("/")[0] for place in LAYER_PLACES.values()}
"""The names of the folders directly under a Docker root that have a reader."""

_HOW: Final = "use sync --follow-top-links to read them"


class TopLink(NamedTuple):
    """A link in place of a folder that has a reader; `reason` is why it was not followed."""

    name: str
    target: str
    reason: str


def open_top_links(root: Folder, path: str, below: str | None) -> tuple[TopLink, ...]:
    """Follow the links in the folder `root` (opened from `path`); return those not followed.

    `below` is the folder that is `/` for the targets of the links; None means to follow none.
    """
    return tuple(filter(None, (_followed(root, path, name, below) for name in _links(root))))


def is_behind(finding: Finding, links: Iterable[TopLink]) -> bool:
    """Whether `finding` says only that one of `links` was not followed."""
    names = (link.name for link in links)
    return finding.rule == "S1" and any(
        finding.path == name or finding.path.startswith(f"{name}/") for name in names
    )


def link_findings(root: Folder, links: Iterable[TopLink]) -> Iterator[Finding]:
    """A finding for each of `links` in `root`."""
    for link in links:
        path = root.join(link.name)
        message = (
            f"{path} is a symbolic link to {link.target!r}, which the engine follows; its contents "
            f"were not read, and what depends on them is unknown: {link.reason}."
        )
        yield Finding("U4", "root", link.name, path, message, cause=True)


def _links(root: Folder) -> list[str]:
    try:
        return [it.name for it in root.names() if it.kind == "link" and it.name in PARTS]
    except UnreadableError:
        return []


def _followed(root: Folder, path: str, name: str, below: str | None) -> TopLink | None:
    try:
        target = root.link_target(name)
    except (GoneError, UnreadableError):
        return None
    if below is None:
        return TopLink(name, printable(target), _HOW)
    try:
        folder = _opened(path, name, target, below)
    except GoneError:
        return TopLink(name, printable(target), "no folder is there")
    except UnreadableError as error:
        return TopLink(name, printable(target), f"what is there {error}")
    root.follow(name, folder)
    return None


def _opened(path: str, name: str, target: str, below: str) -> Folder:
    """The folder that the link `name` leads to. Raises `GoneError` and `UnreadableError`."""
    tree = SystemTree(below)
    own = _place_in(os.path.realpath(path), os.path.realpath(below))
    if own is None and not target.startswith("/"):
        raise UnreadableError("S1", f"cannot be determined, as the root lies outside of {below}")
    resolved = tree.resolve(target if own is None else f"{own}/{name}")
    names = [part for part in resolved.split("/") if part]
    top = Folder.of_root(tree.top)
    if not names:
        return top
    # The resolved path is opened step by step without links: one made meanwhile cannot lead out.
    with top:
        return top.descend(*names)


def _place_in(path: str, top: str) -> str | None:
    """`path` as a system sees it whose `/` is `top`; None if it lies outside of `top`."""
    inside = os.path.commonpath([path, top]) == top
    return "/" + os.path.relpath(path, top) if inside else None
