"""Which tables a sync has written to, so that only what reads them is judged again."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_WRITES: Final = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)')
# Each sync writes these rows again; what the rules read of them is looked at on its own.
_ALWAYS: Final = frozenset({"hosts", "roots", "stamps", "syncs"})


@contextmanager
def touched_tables(connection: Connection) -> Iterator[set[str]]:
    """Collect the names of the tables of which rows are written on `connection` meanwhile.

    A log that grew, which no rule is about, does not count.
    """
    names: set[str] = set()

    def note(_: Any, cursor: Any, statement: str, *__: Any) -> None:  # noqa: ANN401 - as in SQLAlchemy
        match = _WRITES.match(statement)
        if match is None or cursor.rowcount == 0 or "SET log_bytes=" in statement:
            return
        if match[1] not in _ALWAYS:
            names.add(match[1])

    event.listen(connection, "after_cursor_execute", note)
    try:
        yield names
    finally:
        event.remove(connection, "after_cursor_execute", note)
