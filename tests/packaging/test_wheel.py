"""What `pipx install .` gives: the wheel has all that the program needs, and nothing else."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.rootbuilder import RootBuilder

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the project as it stands."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, PROJECT]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("dockidx-*.whl"))


def test_the_wheel_has_one_import_package(wheel: Path) -> None:
    """Migrations and queries ship inside `indexer`, and tests do not ship at all."""
    names = zipfile.ZipFile(wheel).namelist()

    tops = {name.split("/")[0] for name in names}
    packages = {name for name in tops if not name.endswith((".dist-info", ".data"))}
    queries = {Path(name).name for name in names if name.startswith("indexer/_queries/")}

    assert packages == {"indexer"}
    assert queries == {path.name for path in (PROJECT / "queries").glob("*.sql")}


def test_the_wheel_has_the_man_pages(wheel: Path) -> None:
    """They go where man(1) looks for the pages of what is installed beside it."""
    names = zipfile.ZipFile(wheel).namelist()

    pages = {Path(name).name for name in names if "/data/share/man/man1/" in name}

    assert pages == {path.name for path in (PROJECT / "docs/man").iterdir()}


def test_the_wheel_syncs_and_answers(wheel: Path, tmp_path: Path) -> None:
    """Unpacked anywhere, the wheel indexes a root and runs a canned query."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    root = RootBuilder(tmp_path / "docker")
    root.image([b"files"], tag="app:1")

    def dockidx(*words: str) -> str:
        command = [sys.executable, "-c", "from indexer.cli import main; main()", *words]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    index = str(tmp_path / "index.db")
    dockidx("sync", "--root", str(root.path), "--db", index)
    answer = dockidx("query", "tags", "--format", "csv", "--db", index)

    assert "docker.io/library/app,1,sha256:" in answer
