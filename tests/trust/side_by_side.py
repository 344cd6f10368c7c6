"""Lays an index that follows a Docker root beside a new one of the same root.

What cannot be looked into as a whole, such as a folder with a link in its place or a database that
is cut off, is not known to be gone: there a row may be one of before the damage, and a sync says
which part that is.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from indexer.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Set
    from pathlib import Path

    from indexer.schema.columns import Table

_OF_ONE_INDEX: Final = frozenset({"syncs", "fingerprints", "changes"})
# The engine's path is remembered after the last container that told it is gone.
_OF_ONE_SYNC: Final = frozenset({"first_seen_at", "last_synced_at", "measured_at", "engine_path"})
_STORE: Final = r"image/[^/]+"
_OF_A_STORE: Final = frozenset(t.name for t in TABLES if "store_id" in t.names)
_BUILD: Final = frozenset({"build_records", "build_snapshots", "build_parents"})
_DIGESTS: Final = frozenset({"digest_map", "digest_repositories"})
_PULLED: Final = frozenset({"image_manifests", "digest_map"})
_PARTS: Final = (
    (_STORE + r"/repositories\.json", frozenset({"tags", "repo_digests"})),
    (_STORE + r"/imagedb/(content|metadata)/sha256", frozenset({"store_images", *_PULLED})),
    (_STORE + r"/layerdb/sha256", frozenset({"store_layers"})),
    (_STORE + r"/layerdb/mounts", frozenset({"mounts"})),
    (_STORE + r"/distribution/[^/]+(/sha256)?", _DIGESTS),
    (r"overlay2(/l)?|vfs(/dir)?", frozenset({"directories", "short_links"})),
    (r"containers", frozenset(t.name for t in TABLES if "container" in t.name)),
    (r"volumes(/metadata\.db)?", frozenset({"volumes", "volume_labels", "volume_options"})),
    (r"buildkit(/containerd-[^/]+)?(/[^/]+\.db)?", _BUILD),
    (r"engine-id", frozenset({"roots"})),
)
"""Path of a part in its finding, and the tables that say what it holds."""
_CONTAINERD: Final = (
    r"(.*/)?containerd(/daemon)?"
    r"(/io\.containerd\.[^/]+(/(meta|metadata)\.db|/blobs(/[^/]+)?|/snapshots)?)?"
)
"""Path of a part of containerd in its finding, without which all else in it tells nothing."""
_CONTENT: Final = frozenset(
    table.name for table in TABLES if not {"root_id", "store_id"} & {*table.names}
)
_OF_KNOWN_LAYERS: Final = "WHERE rule <> 'D4'"
"""The problems that do not depend on what a layer is whose folder holds something else now."""

_FROM_KEPT: Final = frozenset({"usage_by_category", "doubts", "leftovers", "damaged_layers"})
"""Tables that follow from rows that are kept while a part cannot be read."""

_MOST_ROWS: Final = 3


def differences(follows: Path, new: Path, before: Path) -> list[str]:
    """A sentence for every table in which `follows` is not what `new` says, as far as that can see.

    `before` is the index that `follows` was made of. Broken foreign keys are differences too.
    """
    with closing(sqlite3.connect(f"file:{follows}?mode=ro", uri=True)) as connection:
        for name, path in (("new", new), ("before", before)):
            connection.execute(f"ATTACH ? AS {name}", (f"file:{path}?mode=ro",))
        found: list[str] = []
        for schema in ("main", "new"):
            broken = connection.execute(f"PRAGMA {schema}.foreign_key_check").fetchall()
            if broken:
                found.append(f"foreign keys of {schema} are broken: {broken[:_MOST_ROWS]}")
        paths = [path for (path,) in connection.execute("SELECT path FROM new.problems")]
        # Without a store there is nothing that a new index could say of what lies in it.
        hidden = any(re.fullmatch(rf"image|{_STORE}", path or "") for path in paths)
        kept = _kept(paths)
        if hidden:
            kept |= _CONTENT
        if any(re.fullmatch(_CONTAINERD, path or "") for path in paths):
            hidden, kept = True, frozenset({*kept, *_CONTENT, "containers"})
        for table in TABLES:
            # Rules judge what was kept too.
            if table.name in _OF_ONE_INDEX or (table.name == "problems" and kept):
                continue
            if table.name in _OF_A_STORE and hidden:
                continue
            if table.name in _FROM_KEPT and _is_unread(connection):
                continue
            if table.name in kept or table.name == "layers":
                found += _compared_with_before(connection, table)
            elif table.name == "problems" and _has_nameless_layers(connection):
                found += _compared(connection, table, where=_OF_KNOWN_LAYERS)
            else:
                found += _compared(connection, table)
    return found


def _is_unread(connection: sqlite3.Connection) -> bool:
    """Whether the new index could not read a part of the root, or lacks one that others name."""
    rules = "'S1', 'U1', 'U2', 'U4', 'U5', 'K1'"
    query = f"SELECT 1 FROM new.problems WHERE rule IN ({rules})"
    return connection.execute(query).fetchone() is not None


def _has_nameless_layers(connection: sqlite3.Connection) -> bool:
    """Whether the new index cannot tell what a layer on the disk is, which `follows` may know."""
    query = """
        SELECT 1
        FROM new.store_layers AS s
        JOIN new.layers AS l ON l.chain_id = s.chain_id
        WHERE l.diff_id IS NULL
    """
    return connection.execute(query).fetchone() is not None


def _kept(paths: list[str | None]) -> Set[str]:
    """The tables that hold something of a part that the new index could not look into."""
    kept = [
        tables for part, tables in _PARTS if any(re.fullmatch(part, path or "") for path in paths)
    ]
    return frozenset().union(*kept, _CONTENT) if kept else frozenset()


def _compared(
    connection: sqlite3.Connection, table: Table, *but: str, where: str = ""
) -> list[str]:
    names = _names(table, *but)
    main, new = (f"SELECT {names} FROM {schema}.{table.name} {where}" for schema in ("main", "new"))
    only, lacks = f"{main} EXCEPT {new}", f"{new} EXCEPT {main}"
    return [*_said(connection, table, "only", only), *_said(connection, table, "lacks", lacks)]


def _compared_with_before(connection: sqlite3.Connection, table: Table) -> list[str]:
    if table.name == "roots":
        # Of a root only the engine's ID is kept.
        return _compared(connection, table, "engine_id")
    # A container that is kept loses its store where that one is gone.
    names = _names(table, *(["store_id"] if table.name == "containers" else []))
    key = ", ".join(f'"{column.name}"' for column in table.columns if column.primary_key)
    rest = [f'"{column.name}"' for column in table.columns if not column.primary_key]
    # Of an image or layer that only a kept row names, nothing but the key is known.
    told = f"WHERE COALESCE({', '.join(rest)}, NULL) IS NOT NULL" if rest else ""
    only = (
        f"SELECT {names} FROM main.{table.name} {told} EXCEPT SELECT {names} FROM new.{table.name} "
        f"EXCEPT SELECT {names} FROM before.{table.name}"
    )
    lacks = f"SELECT {key} FROM new.{table.name} EXCEPT SELECT {key} FROM main.{table.name}"
    return [*_said(connection, table, "only", only), *_said(connection, table, "lacks", lacks)]


def _said(connection: sqlite3.Connection, table: Table, verb: str, query: str) -> list[str]:
    rows = connection.execute(query).fetchall()
    words = {"only": "only the index that follows has", "lacks": "the index that follows lacks"}
    return [f"{table.name}: {words[verb]} {len(rows)} rows: {rows[:_MOST_ROWS]}"] if rows else []


def _names(table: Table, *but: str) -> str:
    left_out = _OF_ONE_SYNC.union(but)
    return ", ".join(f'"{column.name}"' for column in table.columns if column.name not in left_out)
