"""The Docker roots of an index, to tell which of them a path leads into."""

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
    """A folder that something was read from: a Docker root or a containerd root of one.

    `as_read` says that `path` is where it was read, and not where its engine has it.
    """

    path: str
    root_id: str
    as_read: bool


class Place(NamedTuple):
    """The rest of a path below a folder that is known, and the Docker roots it can be in."""

    rest: str
    root_ids: frozenset[str]


def known_roots(connection: Connection) -> tuple[KnownRoot, ...]:
    """Every folder that a path can begin with."""
    rows = connection.rows(_KNOWN_ROOTS)
    return tuple(KnownRoot(path, root_id, bool(as_read)) for path, root_id, as_read in rows)


def beneath(path: str, roots: Iterable[KnownRoot]) -> tuple[Place, ...]:
    """Where `path` is, the innermost folder first.

    A folder as it was read counts before one of the same path as an engine has it.
    """
    around: dict[tuple[int, bool], set[str]] = {}
    for root in roots:
        folder = root.path.rstrip("/")
        if folder and (path == folder or path.startswith(f"{folder}/")):
            around.setdefault((len(folder), root.as_read), set()).add(root.root_id)
    return tuple(
        Place(path[length:] or "/", frozenset(around[length, as_read]))
        for length, as_read in sorted(around, reverse=True)
    )
