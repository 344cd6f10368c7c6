"""What the name in a parameter means: one thing that is known, or an error that says what there is.

A whole name counts before the beginning of one. All is looked up through indexes, by the name or
by the range of names that begin so.
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
_BEGINNING: Final = re.compile(r"(?:sha256:)?[0-9a-f]{4,64}")
_DIRECTORY: Final = re.compile(r"[0-9a-z]{4,64}(?:-init)?")
_LAST: Final = "~"
"""Stands after every sign that an ID is made of."""

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
    """The value of a parameter names nothing in the index, or several things; lists them."""


class _Known(NamedTuple):
    """A name, which kind of name it is, and the kind and ID of what it names."""

    name: str
    name_kind: str
    kind: str
    id: str


def resolve(connection: Connection, kind: str, parameter: str, value: str) -> str:
    """The name in full that `value` means as a parameter of `kind`; empty for an empty one.

    Values of kinds that are no names stay as they are. Raises `UnknownNameError`.
    """
    resolver = _RESOLVERS.get(kind)
    return value if resolver is None or not value else resolver(connection, parameter, value)


def _one(
    connection: Connection, parameter: str, value: str, *, kind: str, counted: frozenset[str]
) -> str:
    """The one name that `value` is, or begins; names of the same things are one."""
    exact = [it for it in _look_up(connection, value, "") if it.name_kind in counted]
    if exact:
        return exact[0].name if exact[0].name_kind != "repository" else value
    begun: list[_Known] = []
    if (_DIRECTORY if kind == "directory" else _BEGINNING).fullmatch(value):
        found = _look_up(connection, value, _LAST)
        begun = [it for it in found if it.name_kind in counted and _may_be_cut(it)]
    things: dict[str, set[tuple[str, str]]] = {}
    for it in begun:
        things.setdefault(it.name, set()).add((it.kind, it.id))
    if not things:
        raise UnknownNameError(
            f"Nothing in the index goes by {parameter}={value!r}; give {_ADVICE[kind]}."
        )
    if len({frozenset(named) for named in things.values()}) > 1:
        listed = {it.name: f"{it.name_kind} {it.name}" for it in begun}
        raise _ambiguous(parameter, value, listed.values())
    return min(things)


def _may_be_cut(known: _Known) -> bool:
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


def _images(connection: Connection, parameter: str, value: str) -> str:
    """Several images, separated by spaces or commas."""
    words = value.replace(",", " ").split()
    one = partial(_one, kind="image", counted=_IMAGE)
    return " ".join(one(connection, parameter, word) for word in words)


def _directory(connection: Connection, parameter: str, value: str) -> str:
    """A directory by name, beginning or link; a path is known by any of the names in it."""
    name = value.strip("/").removeprefix("l/")
    if "/" not in name:
        found = _one(connection, parameter, name, kind="directory", counted=_PLACE)
        return value if found == name else found
    if not connection.rows(*expanded(_ON_PATH, "names", name.split("/"))):
        raise UnknownNameError(
            f"No directory of the index is on the path {parameter}={value!r}; "
            f"give {_ADVICE['directory']}."
        )
    return value


def _source(connection: Connection, parameter: str, value: str) -> str:
    """A path stays as it is: any can be asked about. A name is that of a volume or of a mount."""
    if "/" in value or "\\" in value:
        return value
    if connection.rows(_MOUNTED, {"name": value}):
        return value
    return _one(connection, parameter, value, kind="source", counted=_VOLUME)


def _host(connection: Connection, parameter: str, value: str) -> str:
    hosts = connection.column("SELECT host FROM hosts ORDER BY host")
    if value in hosts:
        return value
    more = len(hosts) - _MOST_SHOWN
    shown = ", ".join(hosts[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
    raise UnknownNameError(f"No host of the index is called {parameter}={value!r}; it has {shown}.")


_RESOLVERS: Final[Mapping[str, Callable[[Connection, str, str], str]]] = MappingProxyType(
    {
        "image": partial(_one, kind="image", counted=_IMAGE),
        "content": partial(_one, kind="content", counted=_CONTENT),
        "images": _images,
        "directory": _directory,
        "source": _source,
        "host": _host,
    }
)
