"""What state an index is in: everything it says, and that the file itself is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from indexer.index.errors import IndexMissingError
from indexer.index.sqlite_file import reading_connection
from indexer.schema import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.index.connection import Connection
    from tests.rootbuilder import RootBuilder

State = dict[str, list[tuple[Any, ...]]]

NOTHING: Final[State] = {}
"""The state of an index that is not there, or that no sync has filled."""

_OF_ONE_SYNC: Final = frozenset(
    {"first_seen_at", "last_synced_at", "measured_at", "at", "started_at", "finished_at"}
)


class DamagedError(AssertionError):
    """An index file that is not whole."""


def state_of(index: Path, *, timed: bool = True) -> State:
    """All rows of an index but its fingerprints, as its users read it; `timed` with their times.

    Raises `DamagedError` unless the file and its foreign keys are whole.
    """
    try:
        with reading_connection(str(index)) as connection:
            tables = connection.value("SELECT COUNT(*) FROM sqlite_schema")
            if not tables:
                return NOTHING
            _require_whole(connection)
            state = {table.name: _rows(connection, table.name, timed) for table in _TABLES}
    except IndexMissingError:
        return NOTHING
    return state if any(state.values()) else NOTHING


def _require_whole(connection: Connection) -> None:
    for check, fine in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
        found = connection.rows(f"PRAGMA {check}")
        if found != fine:
            raise DamagedError(f"{check}: {found[:5]}")


def _rows(connection: Connection, table: str, timed: bool) -> list[tuple[Any, ...]]:
    columns = next(it.names for it in TABLES if it.name == table)
    names = ", ".join(f'"{name}"' for name in columns if timed or name not in _OF_ONE_SYNC)
    query = f"SELECT {names} FROM {table}"
    return sorted(connection.rows(query), key=repr)


_TABLES: Final = tuple(table for table in TABLES if table.name != "fingerprints")


def fill(root: RootBuilder, name: str, images: int = 3) -> None:
    """Add some images and a container called `name`."""
    for number in range(images):
        text = f"{name}-{number}"
        image = root.image([text.encode()], tag=f"{name}:{number}", labels={"l": text * 20})
    root.container(name, image)
    root.volume(name)
