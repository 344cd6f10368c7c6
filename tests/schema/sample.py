"""An index of two hosts with something for every canned query, and NULLs wherever they can be."""

from __future__ import annotations

import time
from itertools import product
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from indexer.index.rows import insert_rows
from indexer.index.sqlite_file import writing_connection
from indexer.schema import TABLES
from indexer.schema.containerd import image_manifests
from indexer.schema.directories import doubts
from tests.rootbuilder import BuiltImage, RootBuilder
from tests.schema.command import dockidx_done
from tests.schema.sample_roots import MANIFEST, common_base, fill_first, fill_second, go_on

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from indexer.index.connection import Connection
    from indexer.schema.columns import Column, Table

# What changed later than this before a sync is read again by the next one.
_SETTLE_SECONDS: Final = 0.06


class Sample(NamedTuple):
    """The index file, and what it holds that queries can be asked for."""

    path: Path
    base: BuiltImage
    app: BuiltImage

    def telling(self, parameter: str) -> tuple[str, ...]:
        """Values for the parameter of that name that the sample has an answer to."""
        values = {
            "image": (
                "app:1.1",
                "docker.io/library/app:1.1",
                f"app@{MANIFEST}",
                MANIFEST,
                self.app.image_id,
                self.app.image_id[7:19],
            ),
            "images": (
                "app:1",
                f"app:1 {self.base.image_id[7:19]}",
                f"{self.app.image_id},app@{MANIFEST},none:1",
            ),
            "directory": (
                self.app.cache_ids[-1],
                self.app.cache_ids[-1][:12],
                f"/var/lib/docker/overlay2/{self.base.cache_ids[0]}/diff/bin/sh",
            ),
            "source": ("/srv", "/srv/app", "data"),
            "host_a": ("web-1", "web-2"),
            "host_b": ("web-1", "web-2"),
            "until": ("2100", "9999-12-31T00:00"),
            "since": ("2020", "2026-11-24T00:00"),
            "limit": ("1", "3", "9999999999"),
        }
        return values[parameter]


def write_sample(folder: Path) -> Sample:
    """Write Docker roots and the index of them below `folder`.

    The host web-1 has two roots with some of the same images, and a second store in the first.
    """
    first = RootBuilder(folder / "web-1")
    base = common_base(first)
    app = fill_first(first, base)
    former = RootBuilder(folder / "web-1", driver="vfs")
    hidden = former.image([b"of the other driver"], tag="hidden:1")
    former.container("left", hidden, started=False, fields={"Created": "2020-01-01T00:00:00Z"})
    moved = RootBuilder(folder / "web-1-moved", seed="moved")
    fill_first(moved, common_base(moved))
    _sync(folder, "web-1", first, moved)
    go_on(first, app)
    second = RootBuilder(folder / "web-2", seed="2")
    fill_second(second, common_base(second))
    _sync(folder, "web-1", first, moved)
    _sync(folder, "web-2", second)
    fleet = folder / "fleet.db"
    dockidx_done("merge", "--into", fleet, folder / "web-1.db", folder / "web-2.db")
    with writing_connection(str(fleet)) as connection, connection.transaction():
        _add_manifests(connection, app)
        _add_doubts(connection)
        for table in TABLES:
            _fill_if_empty(connection, table)
    return Sample(fleet, base, app)


def _sync(folder: Path, host: str, *roots: RootBuilder) -> None:
    time.sleep(_SETTLE_SECONDS)
    named = [word for root in roots for word in ("--root", root.path)]
    index = folder / f"{host}.db"
    dockidx_done("sync", *named, "--host", host, "--db", index, "--env-values")


def _add_manifests(connection: Connection, app: BuiltImage) -> None:
    """Give the image `app` two manifests in each store that has it: one for each platform."""
    names = image_manifests.names
    query = "SELECT store_id FROM store_images WHERE image_id = ?"
    rows = [
        (store_id, app.image_id, f"sha256:{digit * 64}", position, image_id, *platform, 0, chosen)
        for store_id in connection.column(query, (app.image_id,))
        for position, (digit, image_id, platform, chosen) in enumerate(
            (
                ("7", app.image_id, ("linux", "amd64", None, 1), 1),
                ("8", None, ("linux", "arm64", "v8", 0), 0),
            ),
            1,
        )
    ]
    insert_rows(connection, image_manifests, [dict(zip(names, row, strict=True)) for row in rows])


def _add_doubts(connection: Connection) -> None:
    """Give each store a doubt about its build cache, which leaves other directories orphans."""
    rows = [
        {
            "store_id": store_id,
            "doubt": "unread-build-cache",
            "concerns": "build-cache",
            "reason": "buildkit/snapshots.db is damaged",
            "whole": 0,
        }
        for store_id in connection.column("SELECT store_id FROM stores")
    ]
    insert_rows(connection, doubts, rows)


def _fill_if_empty(connection: Connection, table: Table) -> None:
    """Give a table that the roots say nothing of two rows for each of what it refers to.

    One has every NULL that it may have, the other has none.
    """
    if not connection.rows(f"SELECT 1 FROM {table.name} LIMIT 1"):
        rows = [
            _row(table, known, whole=whole)
            for known in _references(connection, table)
            for whole in (False, True)
        ]
        insert_rows(connection, table, rows)


def _references(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    choices = []
    for key in table.foreign_keys:
        rows = connection.rows(f"SELECT {', '.join(key.targets)} FROM {key.table}")
        choices.append([dict(zip(key.columns, row, strict=True)) for row in rows])
    for parts in product(*choices):
        yield {name: value for part in parts for name, value in part.items()}


def _row(table: Table, known: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    return {
        column.name: known.get(column.name)
        or (None if column.nullable and not whole else _value(column, whole=whole))
        for column in table.columns
    }


def _value(column: Column, *, whole: bool) -> int | str:
    if column.type == "integer":
        return 2 if column.primary_key and whole else 1
    return f"{column.name} {'whole' if whole else 'Bare'}"
