"""The fingerprints of what a pass read. The index keeps them, so that the next pass can skip it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.docker.files.folder import Fingerprint
from indexer.index.rows import delete_rows, put_rows
from indexer.schema.records import fingerprints

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from indexer.docker.files.scan import Record, Scan
    from indexer.index.connection import Connection
    from indexer.sync.engine.root_sync import RootSync


def load_fingerprints(connection: Connection, root_id: str) -> dict[str, dict[str, Fingerprint]]:
    """Load the fingerprints of a root, by section and name."""
    sections: dict[str, dict[str, Fingerprint]] = {}
    query = "SELECT section, name, inode, ctime_ns FROM fingerprints WHERE root_id = ?"
    for section, name, inode, ctime_ns in connection.ask(query, (root_id,)).rows:
        sections.setdefault(section, {})[name] = Fingerprint(inode, ctime_ns)
    return sections


def save_fingerprints(sync: RootSync, section: str, scan: Scan[Record]) -> None:
    """Store the fingerprints of `scan`, and delete those of what is gone or could not be read."""
    if scan.listed:
        previous = sync.previous_fingerprints.get(section, {})
        _put(sync, section, scan.fingerprints)
        _delete(sync, section, previous.keys() - scan.unchanged - scan.fingerprints.keys())


def replace_fingerprints(sync: RootSync, section: str, current: Mapping[str, Fingerprint]) -> None:
    """Make the stored fingerprints of a section equal to `current`."""
    previous = sync.previous_fingerprints.get(section, {})
    changed = {name: it for name, it in current.items() if previous.get(name) != it}
    _put(sync, section, changed)
    _delete(sync, section, previous.keys() - current.keys())


def _put(sync: RootSync, section: str, current: Mapping[str, Fingerprint]) -> None:
    scope = {**sync.scope, "section": section}
    rows = [
        {**scope, "name": name, "inode": fingerprint.inode, "ctime_ns": fingerprint.ctime_ns}
        for name, fingerprint in current.items()
    ]
    put_rows(sync.connection, fingerprints, rows)


def _delete(sync: RootSync, section: str, names: Set[str]) -> None:
    scope = {**sync.scope, "section": section}
    delete_rows(sync.connection, fingerprints, [{**scope, "name": name} for name in names])
