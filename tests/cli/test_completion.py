"""Shell completion: what bash, zsh and fish are given for the beginning of a command line."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from indexer.cli import main
from tests.cli.commands import sync
from tests.requirements import need
from tests.rootbuilder import RootBuilder


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of host-a with three tags and one container."""
    folder = tmp_path_factory.mktemp("completion")
    root = RootBuilder(folder / "docker")
    image = root.image([b"files"], tag="app:1.0")
    root.image([b"more"], tag="app:1.5")
    root.image([b"others"], tag="base:2")
    root.container("web", image)
    assert sync(root.path, folder / "index.db").code == 0
    return folder / "index.db"


@pytest.fixture
def _indexed(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKIDX_DB", str(index))


def completions(line: str) -> list[str]:
    """What is offered for the last word of `line`."""
    *words, incomplete = line.split(" ")
    shell = ShellComplete(main, {}, "dockidx", "_DOCKIDX_COMPLETE")
    return [item.value for item in shell.get_completions(words, incomplete)]


@pytest.mark.usefixtures("_indexed")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("query image-l", ["image-layers"]),
        ("query image-layers -p ", ["image="]),
        ("query diff-hosts -p host", ["host_a=", "host_b="]),
        ("query image-layers -p image=a", ["image=app:1.0", "image=app:1.5"]),
        ("query image-layers -p image=app:1.5", ["image=app:1.5"]),
        ("query reclaim -p images=base:2,app:1.0", ["images=base:2,app:1.0"]),
        ("query diff-hosts -p host_a=", ["host_a=host-a"]),
        ("query no-such-query -p ", []),
        ("check --host ", ["host-a"]),
        ("diff ", ["host-a"]),
        ("trace app:", ["app:1.0", "app:1.5"]),
        ("trace w", ["web"]),
    ],
)
def test_names_of_the_index_are_offered(line: str, offered: list[str]) -> None:
    """Queries, their parameters, hosts, tags and containers complete, and nothing else."""
    assert completions(line) == offered


@pytest.mark.usefixtures("_indexed")
def test_the_index_of_the_command_line_counts(index: Path, tmp_path: Path) -> None:
    """--db on the line names another index than the environment."""
    assert completions(f"check --db {tmp_path / 'other.db'} --host ") == []
    assert completions(f"check --db {index} --host ") == ["host-a"]


def test_without_an_index_nothing_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A completion that cannot be made is empty and no error, and makes no file."""
    monkeypatch.setenv("DOCKIDX_DB", str(tmp_path / "none.db"))

    assert completions("check --host ") == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("dockidx query image-l", ["image-layers"]),
        ("dockidx trace app:1", ["1.0", "1.5"]),
        ("dockidx query image-layers -p image=app:", ["1.0", "1.5"]),
        ("dockidx query image-layers -p im", ["image="]),
        (
            'dockidx query reclaim -p "images=base:2 app:1',
            ["images=base:2 app:1.0", "images=base:2 app:1.5"],
        ),
    ],
)
def test_bash_gets_what_it_puts_in_place_of_its_word(
    line: str, offered: list[str], index: Path
) -> None:
    """bash splits at `:` and `=`; what it is given begins behind the last of them."""
    bash = shutil.which("bash")
    need(bash is not None, "bash is not installed.")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    script = f"""
        eval "$(_DOCKIDX_COMPLETE=bash_source dockidx)"
        COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)}
        _dockidx_completion dockidx
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """

    done = subprocess.run(
        [bash, "--norc", "-c", script],
        env={**os.environ, "DOCKIDX_DB": str(index), "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == offered, done.stderr
