"""What an index says, asked with the commands and queries that its users have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from indexer.cli import main
from tests.sync.index_files import disk_contents

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sync.index_files import Rows

Row = dict[str, Any]

HOST = "engine-host"


class Index:
    """An index file of one Docker root, filled and asked with the command `dockidx`."""

    def __init__(self, path: Path, root: Path) -> None:
        """Take the path of the index, which need not exist, and the Docker root it is of."""
        self.path = path
        self.root = root

    def sync(self, *options: str) -> None:
        """Bring the index up to date with the root, values of variables included."""
        self._dockidx("sync", "--root", str(self.root), "--host", HOST, "--env-values", *options)

    def query(self, name: str, **parameters: str) -> list[Row]:
        """Run a canned query."""
        pairs = [f"{key}={value}" for key, value in parameters.items()]
        options = [word for pair in pairs for word in ("--param", pair)]
        return self._rows("query", name, *options)

    def image_ids(self) -> dict[str, str | None]:
        """The image ID of each image by the ID that the engine shows."""
        return {row["engine_image_id"]: row["image_id"] for row in self.query("images")}

    def other_platforms(self) -> set[str]:
        """The images that an engine image has for platforms that it does not stand for."""
        rows = self.table("image_manifests")
        return {row["image_id"] for row in rows if row["image_id"] and not row["chosen"]}

    def table(self, name: str) -> list[Row]:
        """Read a whole table, sorted by its columns."""
        rows = self._rows("sql", f"SELECT * FROM {name}")
        return sorted(rows, key=lambda row: [str(value) for value in row.values()])

    def content(self) -> dict[str, Rows]:
        """Read every table, but nothing of which syncs ran when and what they saw change."""
        return disk_contents(self.path, "engine_started_at")

    def sql(self, statement: str) -> list[Row]:
        """Run a statement."""
        return self._rows("sql", statement)

    def _rows(self, *words: str) -> list[Row]:
        rows: list[Row] = json.loads(self._dockidx(*words, "--format", "json"))
        return rows

    def _dockidx(self, *words: str) -> str:
        done = CliRunner().invoke(main, [*words, "--db", str(self.path)])
        assert done.exit_code == 0, f"dockidx {' '.join(words)}: {done.output}"
        return done.stdout
