"""Writes the files that belong to no image, container or volume, and other namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from indexer.index.rows import load_rows, replace_rows
from indexer.schema.others import namespace_parts, other_files

if TYPE_CHECKING:
    from indexer.docker.read_root import RootContents
    from indexer.schema.columns import Row
    from indexer.sync.engine.root_sync import RootSync

_MISSING: Final = "U5"
"""The rule that reports a part of a root that is missing although others refer to it."""


def write_others(sync: RootSync, contents: RootContents) -> None:
    """Make the rows of a root equal to `contents`.

    The rows of what could not be read stay as they were: files below a folder that has a finding,
    and other namespaces if this pass did not read containerd.
    """
    files = [{**sync.scope, **it._asdict()} for it in contents.other_files]
    files += _hidden_files(sync, contents)
    replace_rows(sync.connection, other_files, sync.scope, files)
    if contents.namespace_parts is None:
        return
    place = sync.root.containerd.root
    base_path = "" if place is None else place.path
    parts = [
        {**sync.scope, **it._asdict(), "base_path": base_path} for it in contents.namespace_parts
    ]
    replace_rows(sync.connection, namespace_parts, sync.scope, parts)


def _hidden_files(sync: RootSync, contents: RootContents) -> list[Row]:
    """The stored rows of files that were not seen now, because a folder above cannot be read.

    A cause is a folder that could not be read, except for one that is missing.
    """
    seen = {it.path for it in contents.other_files}
    causes = (it for it in contents.findings if it.cause and it.rule != _MISSING)
    hidden = tuple(f"{it.path}/" for it in causes)
    return [
        row
        for row in load_rows(sync.connection, other_files, sync.scope)
        if row["path"] not in seen and row["path"].startswith(hidden)
    ]
