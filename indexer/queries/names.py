"""Resolves the names in query parameters to full names, or raises an error that lists candidates.

An exact name takes precedence over a prefix. A prefix is looked up as a range of names, so that the
database can use its indexes; `LIKE` would scan the whole view.
"""

from __future__ import annotations

import re
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.errors import DockidxError
from indexer.index.connection import expanded
from indexer.schema.sql_files import sql_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from indexer.index.connection import Connection

_ALGORITHM: Final = "sha256:"
# Fewer than 4 digits match too many objects of a large index.
_BEGINNING: Final = re.compile(r"(?:sha256:)?[0-9a-f]{4,64}")
_DIRECTORY: Final = re.compile(r"[0-9a-z]{4,64}(?:-init)?")
_AFTER_ALL: Final = "~"
"""Sorts after every character of an ID, and so ends the range of the IDs with a given prefix."""

_IDS: Final = frozenset({"image ID", "engine image ID", "manifest digest", "config digest"})
_PARTS: Final = _IDS | {"chain ID", "diff ID", "blob digest"}
_IMAGE: Final = _IDS | {"tag", "digest"}
_CONTENT: Final = _PARTS | {"tag", "digest", "repository"}
_PLACE: Final = frozenset({"cache ID", "directory", "short link", "build cache ID"})
_VOLUME: Final = frozenset({"volume name"})
_ADVICE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "image": "a tag, a digest, or an image ID or its first 4 digits or more",
        "content": "a tag, a repository, or an ID or digest of an image, manifest, layer or blob, "
        "or its first 4 digits or more",
        "directory": "the name of a directory or its first 4 digits or more, a link, or a path",
        "source": "a path, or the name of a volume",
    }
)
_MOST_SHOWN: Final = 10
_ON_PATH: Final = """
    SELECT 1 FROM directories WHERE directory IN :names
    UNION
    SELECT 1 FROM directories WHERE short_link IN :names
"""
_MOUNTED: Final = """
    SELECT 1
    FROM container_mounts
    WHERE :name IN (source, name)
    LIMIT 1
"""


class UnknownNameError(DockidxError):
    """The value of a parameter names nothing in the index, or several objects; lists them."""


class _Known(NamedTuple):
    """A name in the index: its kind, and the kind and ID of the object that it names."""

    name: str
    name_kind: str
    kind: str
    id: str


def resolve(connection: Connection, kind: str, parameter: str, value: str) -> str:
    """Resolve `value` of a parameter of type `kind` to a full name; '' stays ''.

    Values of types that are not names, such as text and times, are returned as they are. Raises
    `UnknownNameError` if nothing or several different objects have the name.
    """
    resolver = _RESOLVERS.get(kind)
    return value if resolver is None or not value else resolver(connection, parameter, value)


def _resolve_one(
    connection: Connection, parameter: str, value: str, *, kind: str, name_kinds: frozenset[str]
) -> str:
    """The only name that equals or begins with `value`.

    Several names are no conflict if they mean the same objects: then the first one is returned.
    """
    exact = [it for it in _look_up(connection, value, "") if it.name_kind in name_kinds]
    if exact:
        return exact[0].name if exact[0].name_kind != "repository" else value
    by_prefix: list[_Known] = []
    if (_DIRECTORY if kind == "directory" else _BEGINNING).fullmatch(value):
        found = _look_up(connection, value, _AFTER_ALL)
        by_prefix = [it for it in found if it.name_kind in name_kinds and _allows_prefix(it)]
    targets: dict[str, set[tuple[str, str]]] = {}
    for it in by_prefix:
        targets.setdefault(it.name, set()).add((it.kind, it.id))
    if not targets:
        raise UnknownNameError(
            f"Nothing in the index goes by {parameter}={value!r}; give {_ADVICE[kind]}."
        )
    if len({frozenset(named) for named in targets.values()}) > 1:
        listed = {it.name: f"{it.name_kind} {it.name}" for it in by_prefix}
        raise _ambiguous(parameter, value, listed.values())
    return min(targets)


def _allows_prefix(known: _Known) -> bool:
    # Docker abbreviates IDs only. A volume name of 64 hex digits is an ID that the engine chose.
    return known.name_kind not in {"tag", "digest", "repository"} and (
        known.name_kind != "volume name" or re.fullmatch(r"[0-9a-f]{64}", known.name) is not None
    )


def _look_up(connection: Connection, value: str, more: str) -> list[_Known]:
    digest = _ALGORITHM + value.removeprefix(_ALGORITHM)
    values = {
        "name": value,
        "last_name": value + more,
        "digest": digest,
        "last_digest": digest + more,
    }
    return [_Known(*row) for row in connection.rows(sql_text("queries", "known_names"), values)]


def _ambiguous(parameter: str, value: str, names: Iterable[str]) -> UnknownNameError:
    listed = sorted(names)
    more = len(listed) - _MOST_SHOWN
    shown = ", ".join(listed[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return UnknownNameError(
        f"{parameter}={value!r} can mean several things; give more of it: {shown}."
    )


def _resolve_images(connection: Connection, parameter: str, value: str) -> str:
    """Resolve several images, separated by spaces or commas."""
    words = value.replace(",", " ").split()
    one = partial(_resolve_one, kind="image", name_kinds=_IMAGE)
    return " ".join(one(connection, parameter, word) for word in words)


def _resolve_directory(connection: Connection, parameter: str, value: str) -> str:
    """Resolve a directory by name, prefix or link. A path needs one known name anywhere in it."""
    name = value.strip("/").removeprefix("l/")
    if "/" not in name:
        found = _resolve_one(connection, parameter, name, kind="directory", name_kinds=_PLACE)
        return value if found == name else found
    if not connection.rows(*expanded(_ON_PATH, "names", name.split("/"))):
        raise UnknownNameError(
            f"No directory of the index is on the path {parameter}={value!r}; "
            f"give {_ADVICE['directory']}."
        )
    return value


def _resolve_source(connection: Connection, parameter: str, value: str) -> str:
    """Resolve the name of a mount or volume. A path stays as it is, as any path may be mounted."""
    # A backslash means a path on Windows.
    if "/" in value or "\\" in value:
        return value
    if connection.rows(_MOUNTED, {"name": value}):
        return value
    return _resolve_one(connection, parameter, value, kind="source", name_kinds=_VOLUME)


def _resolve_host(connection: Connection, parameter: str, value: str) -> str:
    hosts = connection.column("SELECT host FROM hosts ORDER BY host")
    if value in hosts:
        return value
    more = len(hosts) - _MOST_SHOWN
    shown = ", ".join(hosts[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
    raise UnknownNameError(f"No host of the index is called {parameter}={value!r}; it has {shown}.")


_RESOLVERS: Final[Mapping[str, Callable[[Connection, str, str], str]]] = MappingProxyType(
    {
        "image": partial(_resolve_one, kind="image", name_kinds=_IMAGE),
        "content": partial(_resolve_one, kind="content", name_kinds=_CONTENT),
        "images": _resolve_images,
        "directory": _resolve_directory,
        "source": _resolve_source,
        "host": _resolve_host,
    }
)
