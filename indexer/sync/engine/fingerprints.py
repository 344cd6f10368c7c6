"""The fingerprints of what was read, kept in the index so that it is not read again."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from indexer.docker.files.folder import Fingerprint
from indexer.index.rows import delete_rows, put_rows
from indexer.schema.records import fingerprints

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from indexer.docker.files.scan import Record, Scan
    from indexer.index.connection import Connection

Sections = dict[str, dict[str, Fingerprint]]


def load_fingerprints(connection: Connection, root_id: str) -> Sections:
    """The fingerprints of a root, by section and name."""
    sections: Sections = defaultdict(dict)
    query = "SELECT section, name, inode, ctime_ns FROM fingerprints WHERE root_id = ?"
    for section, name, inode, ctime_ns in connection.ask(query, (root_id,)).rows:
        sections[section][name] = Fingerprint(inode, ctime_ns)
    return sections


def save_fingerprints(
    connection: Connection,
    root_id: str,
    section: str,
    known: Mapping[str, Fingerprint],
    scan: Scan[Record],
) -> None:
    """Keep the fingerprints of `scan` and drop those of what is gone or could not be read."""
    if scan.listed:
        _put(connection, root_id, section, scan.fingerprints)
        _drop(
            connection, root_id, section, known.keys() - scan.unchanged - scan.fingerprints.keys()
        )


def put_fingerprints(
    connection: Connection,
    root_id: str,
    section: str,
    known: Mapping[str, Fingerprint],
    found: Mapping[str, Fingerprint],
) -> None:
    """Make the fingerprints of a section, which are `known`, equal to `found`."""
    changed = {
        name: fingerprint for name, fingerprint in found.items() if known.get(name) != fingerprint
    }
    _put(connection, root_id, section, changed)
    _drop(connection, root_id, section, known.keys() - found.keys())


def _put(
    connection: Connection, root_id: str, section: str, found: Mapping[str, Fingerprint]
) -> None:
    place = {"root_id": root_id, "section": section}
    rows = [
        {**place, "name": name, "inode": fingerprint.inode, "ctime_ns": fingerprint.ctime_ns}
        for name, fingerprint in found.items()
    ]
    put_rows(connection, fingerprints, rows)


def _drop(connection: Connection, root_id: str, section: str, stale: Set[str]) -> None:
    delete_rows(
        connection,
        fingerprints,
        [{"root_id": root_id, "section": section, "name": name} for name in stale],
    )
