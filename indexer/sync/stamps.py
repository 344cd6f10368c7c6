"""The stamps of what was read, kept in the index so that it is not read again."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from indexer.docker.files import Stamp
from indexer.index.rows import delete_rows, put_rows
from indexer.schema.records import stamps

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from indexer.docker.scan import Record, Scan
    from indexer.index.connection import Connection

Sections = dict[str, dict[str, Stamp]]


def load_stamps(connection: Connection, root_id: str) -> Sections:
    """The stamps of a root, by section and name."""
    sections: Sections = defaultdict(dict)
    query = "SELECT section, name, inode, ctime_ns FROM stamps WHERE root_id = ?"
    for section, name, inode, ctime_ns in connection.ask(query, (root_id,)).rows:
        sections[section][name] = Stamp(inode, ctime_ns)
    return sections


def save_stamps(
    connection: Connection,
    root_id: str,
    section: str,
    known: Mapping[str, Stamp],
    scan: Scan[Record],
) -> None:
    """Keep the stamps of `scan` and drop those of what is gone or could not be read."""
    if scan.listed:
        _put(connection, root_id, section, scan.stamps)
        _drop(connection, root_id, section, known.keys() - scan.unchanged - scan.stamps.keys())


def put_stamps(
    connection: Connection,
    root_id: str,
    section: str,
    known: Mapping[str, Stamp],
    found: Mapping[str, Stamp],
) -> None:
    """Make the stamps of a section, which are `known`, equal to `found`."""
    changed = {name: stamp for name, stamp in found.items() if known.get(name) != stamp}
    _put(connection, root_id, section, changed)
    _drop(connection, root_id, section, known.keys() - found.keys())


def _put(connection: Connection, root_id: str, section: str, found: Mapping[str, Stamp]) -> None:
    place = {"root_id": root_id, "section": section}
    rows = [
        {**place, "name": name, "inode": stamp.inode, "ctime_ns": stamp.ctime_ns}
        for name, stamp in found.items()
    ]
    put_rows(connection, stamps, rows)


def _drop(connection: Connection, root_id: str, section: str, stale: Set[str]) -> None:
    delete_rows(
        connection,
        stamps,
        [{"root_id": root_id, "section": section, "name": name} for name in stale],
    )
