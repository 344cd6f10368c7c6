"""Finds the Docker roots of an index that a path leads into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from indexer.index.connection import Connection


_KNOWN_ROOTS: Final = """
    SELECT path, root_id, 1 FROM roots
    UNION
    SELECT base_path, root_id, 1 FROM stores
    UNION
    SELECT base_path, root_id, 1 FROM namespace_parts
    UNION
    SELECT engine_path, root_id, 0 FROM roots WHERE engine_path IS NOT NULL
"""


class KnownRoot(NamedTuple):
    """A Docker root, or a containerd root that belongs to one.

    `as_read` is True if `path` is where dockidx read it, and False if `path` is where its engine
    has it: a copied disk is read at another path.
    """

    path: str
    root_id: str
    as_read: bool


class PathInRoot(NamedTuple):
    """The part of a path below a known root, and the Docker roots that it can belong to."""

    rest: str
    root_ids: frozenset[str]


def known_roots(connection: Connection) -> tuple[KnownRoot, ...]:
    """All roots in the index, with the paths where they were read and where their engines are."""
    rows = connection.rows(_KNOWN_ROOTS)
    return tuple(KnownRoot(path, root_id, bool(as_read)) for path, root_id, as_read in rows)


def locate(path: str, roots: Iterable[KnownRoot]) -> tuple[PathInRoot, ...]:
    """The roots that contain `path`, the innermost first.

    If two roots have the same path, the one that was read there comes before the one that only its
    engine has there.
    """
    around: dict[tuple[int, bool], set[str]] = {}
    for root in roots:
        folder = root.path.rstrip("/")
        if folder and (path == folder or path.startswith(f"{folder}/")):
            around.setdefault((len(folder), root.as_read), set()).add(root.root_id)
    return tuple(
        PathInRoot(path[length:] or "/", frozenset(around[length, as_read]))
        for length, as_read in sorted(around, reverse=True)
    )
