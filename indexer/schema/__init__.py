"""The tables of an index: content by digest, placement by store, and records of syncs."""

from types import ModuleType
from typing import Final

from indexer.schema import (
    containerd,
    content,
    directories,
    manifests,
    others,
    placement,
    records,
    runtime,
    usage,
)
from indexer.schema.columns import Table

MODULES: Final[tuple[ModuleType, ...]] = (
    content,
    manifests,
    placement,
    containerd,
    directories,
    runtime,
    others,
    usage,
    records,
)
"""The modules that describe tables."""


def _sorted(tables: list[Table]) -> tuple[Table, ...]:
    """Sort `tables` so that each one comes after the tables that it refers to."""
    by_name = {table.name: table for table in tables}
    done: dict[str, Table] = {}

    def place(table: Table) -> None:
        if table.name in done:
            return
        for key in table.foreign_keys:
            if key.table != table.name:
                place(by_name[key.table])
        done[table.name] = table

    for table in tables:
        place(table)
    return tuple(done.values())


TABLES: Final = _sorted(
    [part for module in MODULES for part in vars(module).values() if isinstance(part, Table)]
)
"""All tables, each after the tables that it refers to."""
