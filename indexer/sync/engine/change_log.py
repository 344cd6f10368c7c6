"""The changes that one sync of one root saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexer.schema.columns import Row


class ChangeLog:
    """Collects changes in the order in which they are found.

    The first sync of a root is the base line for later ones, so it logs no changes: `recording` is
    False.
    """

    def __init__(self, root_id: str, at: str, *, recording: bool) -> None:
        """Start the log of the sync of `root_id` that began `at` (UTC text)."""
        self._root_id = root_id
        self._at = at
        self._recording = recording
        self._rows: list[Row] = []

    @property
    def rows(self) -> list[Row]:
        """The rows for the table `changes`."""
        return self._rows

    def added(self, kind: str, key: str) -> None:
        """Log that an object appeared."""
        self._add(kind, key, "added")

    def removed(self, kind: str, key: str) -> None:
        """Log that an object disappeared."""
        self._add(kind, key, "removed")

    def changed(self, kind: str, key: str, field: str, before: object, after: object) -> None:
        """Log that a field has another value. Values become text, except None."""
        self._add(kind, key, "changed", field, before, after)

    def _add(
        self,
        kind: str,
        key: str,
        change: str,
        field: str | None = None,
        before: object = None,
        after: object = None,
    ) -> None:
        if not self._recording:
            return
        self._rows.append(
            {
                "root_id": self._root_id,
                "at": self._at,
                "position": len(self._rows) + 1,
                "object_kind": kind,
                "object_key": key,
                "change": change,
                "field": field,
                "before": None if before is None else str(before),
                "after": None if after is None else str(after),
            }
        )
