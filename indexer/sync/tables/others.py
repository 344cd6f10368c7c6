"""What lies beside Docker's images, containers and volumes into its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.index.rows import replace_rows
from indexer.schema.others import namespace_parts, other_files

if TYPE_CHECKING:
    from indexer.docker.read_root import RootContents
    from indexer.index.connection import Connection
    from indexer.sync.engine.options import OpenRoot


def write_others(connection: Connection, root_id: str, root: OpenRoot, found: RootContents) -> None:
    """Make the rows of a root equal to `found`.

    What other namespaces hold stays as it was where containerd was not read.
    """
    scope = {"root_id": root_id}
    files = [{**scope, **it._asdict()} for it in found.other_files]
    replace_rows(connection, other_files, scope, files)
    if found.namespace_parts is None:
        return
    place = root.containerd.root
    base_path = "" if place is None else place.path
    parts = [{**scope, **it._asdict(), "base_path": base_path} for it in found.namespace_parts]
    replace_rows(connection, namespace_parts, scope, parts)
