"""Links that the administrator made of folders directly under a Docker root.

An engine follows them, as they say where the folder lies. Here they are followed only where the
caller asks for it, once when the root is opened; no link below them ever is.
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
"""The folders directly under a Docker root that are read."""

_HOW: Final = "sync with --follow-top-links to have them read"


class TopLink(NamedTuple):
    """A link in the place of a folder that is read; `reason` is why it was not followed."""

    name: str
    target: str
    reason: str


def open_top_links(root: Folder, path: str, below: str | None) -> tuple[TopLink, ...]:
    """Follow the links in the root opened from `path`, and give those that were not followed.

    `below` is the folder that is `/` for the links' targets, None where none is to be followed.
    """
    return tuple(filter(None, (_followed(root, path, name, below) for name in _links(root))))


def is_behind(finding: Finding, links: Iterable[TopLink]) -> bool:
    """Whether `finding` says no more than that one of `links` was not followed."""
    names = (link.name for link in links)
    return finding.rule == "S1" and any(
        finding.path == name or finding.path.startswith(f"{name}/") for name in names
    )


def link_findings(root: Folder, links: Iterable[TopLink]) -> Iterator[Finding]:
    """A finding for each of `links` in `root`."""
    for link in links:
        path = root.join(link.name)
        message = (
            f"{path} is a symbolic link to {link.target!r}, as engines follow it; its contents "
            f"were not read, so that what follows from them is unknown: {link.reason}."
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
        raise UnreadableError("S1", f"cannot be told, as the root lies outside of {below}")
    resolved = tree.resolve(target if own is None else f"{own}/{name}")
    names = [part for part in resolved.split("/") if part]
    top = Folder.of_root(tree.top)
    if not names:
        return top
    # Each step anew without links, so that one made meanwhile cannot lead out.
    with top:
        return top.descend(*names)


def _place_in(path: str, top: str) -> str | None:
    """Where `path` is for a system whose `/` is `top`; None where it lies outside."""
    inside = os.path.commonpath([path, top]) == top
    return "/" + os.path.relpath(path, top) if inside else None
