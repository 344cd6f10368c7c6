"""A traced thing for people: its IDs side by side, and the things tied to it below."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from indexer.cli.printing.cells import escaped, human_size, is_size
from indexer.cli.printing.formats import write_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

Thing = dict[str, Any]
"""A thing, as `indexer.trace` describes it."""

_APART: Final = frozenset({"kind", "id", "host", "matched_by", "blobs"})
_IDS: Final = ("diff_id", "chain_id", "cache_id", "path", "metadata_path")
_WIDEST: Final = 100
_MOST: Final = 12


def draw(thing: Thing) -> Iterator[str]:
    """The lines that show `thing`."""
    if thing["kind"] == "layer":
        yield from draw_ids(thing)
        yield ""
        shown = _APART.union(_IDS)
    else:
        yield _headline(thing)
        yield ""
        shown = _APART
    yield from _fields(thing, shown)
    for name, rows in thing.items():
        if isinstance(rows, list) and rows and name not in _APART:
            yield from _table(name, rows)


def draw_ids(thing: Thing) -> Iterator[str]:
    """The lines that show the IDs of the layer `thing`, from the registry to the disk."""
    yield _headline(thing)
    yield ""
    blobs: dict[str, list[str]] = {blob["blob_digest"]: [] for blob in thing["blobs"]}
    for blob in thing["blobs"]:
        if blob["source_repository"]:
            blobs[blob["blob_digest"]].append(blob["source_repository"])
    absent = {blob["blob_digest"] for blob in thing["blobs"] if blob["present"] == 0}
    for digest, places in blobs.items():
        where = f"in {', '.join(places) or 'a registry'}"
        gone = ", not on this disk" if digest in absent else ""
        yield f"  blob digest  {digest}  compressed, {where}{gone}"
    if not blobs:
        yield "  blob digest  not known: it was never pulled or pushed"
    if thing["diff_id"] is None:
        yield "  diff ID      not known: no image on the disk has the layer"
    else:
        yield f"  diff ID      {thing['diff_id']}  its files, uncompressed"
    yield f"  chain ID     {thing['chain_id']}  with all layers below it"
    if thing["metadata_path"] is not None:
        yield f"               {escaped(thing['metadata_path'])}"
    if thing["cache_id"] is None:
        yield "  cache ID     not known: no directory is known to hold the layer"
    else:
        yield f"  cache ID     {thing['cache_id']}"
        yield f"               {escaped(thing['path'])}"


def _headline(thing: Thing) -> str:
    names = ", ".join(thing["matched_by"])
    return f"{thing['kind']} {escaped(thing['id'])} on {escaped(thing['host'])} (found by {names})"


def _fields(thing: Thing, left_out: frozenset[str]) -> Iterator[str]:
    for name, value in thing.items():
        if name not in left_out and not isinstance(value, list) and value is not None:
            yield f"  {name:<15}  {_text(name, value)}"


def _table(name: str, rows: list[Thing]) -> Iterator[str]:
    out = io.StringIO()
    write_rows(out, list(rows[0]), [_cells(row) for row in rows[:_MOST]], "table")
    yield ""
    yield f"  {name}"
    yield from (f"    {line}" for line in out.getvalue().splitlines())
    if len(rows) > _MOST:
        yield f"    and {len(rows) - _MOST} more (--format json has all)"


def _cells(row: Thing) -> list[Any]:
    """The values of `row`, with long text cut: the table is one of several on a screen."""
    return [_cut(value) if isinstance(value, str) else value for value in row.values()]


def _text(name: str, value: object) -> str:
    if isinstance(value, int) and is_size(name):
        return human_size(value)
    return _cut(escaped(str(value)))


def _cut(text: str) -> str:
    """`text` without its end where it is long prose; an ID or a path stays whole."""
    return text if len(text) <= _WIDEST or " " not in text else f"{text[: _WIDEST - 1]}…"
