"""A traced thing for people: its ids side by side, and what is tied to it below."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from indexer.cli.cells import escaped
from indexer.cli.output import write_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

Thing = dict[str, Any]
"""A thing as `indexer.trace` describes it."""

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
    """The lines that show the ids of the layer `thing`, from the registry to the disk."""
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
            yield f"  {name:<15}  {_text(value)}"


def _table(name: str, rows: list[Thing]) -> Iterator[str]:
    out = io.StringIO()
    write_rows(out, list(rows[0]), [list(row.values()) for row in rows[:_MOST]], "table")
    yield ""
    yield f"  {name}"
    yield from (f"    {line}" for line in out.getvalue().splitlines())
    if len(rows) > _MOST:
        yield f"    and {len(rows) - _MOST} more (--format json has all)"


def _text(value: object) -> str:
    text = escaped(str(value))
    return text if len(text) <= _WIDEST or " " not in text else f"{text[: _WIDEST - 1]}…"
