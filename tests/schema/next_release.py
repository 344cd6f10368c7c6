"""A copy of the program with one more migration, as the next release will be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import indexer
from indexer.index.migration import revisions
from indexer.index.shipped import shipped

NEXT: Final = f"{int(revisions()[-1]) + 1:04}"
"""The revision that only the next release knows."""

REBUILD: Final = """
    with op.batch_alter_table("images", recreate="always") as images:
        images.add_column(sa.Column("note", sa.Text()))
"""
"""Steps of a migration that SQLite can only do by building a table anew."""

_MIGRATION: Final = '''"""Next."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{former}"


def upgrade():
{steps}
'''


class NextRelease:
    """The next release, installed in a folder."""

    def __init__(self, folder: Path, steps: str = REBUILD) -> None:
        """Install it in `folder`; `steps` is the body of its migration."""
        self._folder = folder
        package = folder / "indexer"
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(indexer.__file__).parent, package, ignore=ignore)
        for name in ("migrations", "queries"):
            shutil.copytree(shipped(name), package / f"_{name}", ignore=ignore, dirs_exist_ok=True)
        source = _MIGRATION.format(revision=NEXT, former=revisions()[-1], steps=steps)
        (package / "_migrations" / "versions" / f"{NEXT}_next.py").write_text(source)

    def dockidx(self, *words: object) -> subprocess.CompletedProcess[str]:
        """Run its `dockidx`."""
        command = [sys.executable, "-c", "from indexer.cli import main; main()", *map(str, words)]
        environment = {**os.environ, "PYTHONPATH": str(self._folder)}
        return subprocess.run(
            command, cwd=self._folder, env=environment, capture_output=True, text=True, check=False
        )
