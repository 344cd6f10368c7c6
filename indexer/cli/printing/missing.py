"""Why a cell is empty, where a command would fill it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MEASURED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "containers": frozenset({"rw_bytes"}),
        "volumes": frozenset({"size_bytes"}),
        "build-cache": frozenset({"size_bytes"}),
        "directories": frozenset({"size_bytes", "disk_bytes"}),
        "orphan-directories": frozenset({"disk_bytes"}),
        "disk-usage": frozenset({"size_bytes", "reclaimable_bytes", "disk_bytes"}),
    }
)
"""By canned query: the columns that `dockidx sync --du` fills."""


def missing_sentence(query: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Which command fills the empty cells of the rows of the canned query `query`.

    It is empty where no cell is empty that a command fills.
    """
    measured = _MEASURED.get(query, frozenset())
    empty = [
        name
        for place, name in enumerate(columns)
        if name in measured and any(row[place] is None for row in rows)
    ]
    if not empty:
        return ""
    return (
        f"Empty cells in {' and '.join(empty)} were not measured or could not be read; "
        "`dockidx sync --du` measures them."
    )
