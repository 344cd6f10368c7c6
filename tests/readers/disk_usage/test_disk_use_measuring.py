"""Many trees measured at once, by processes that end with the measuring."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from indexer.docker.disk_usage import workers
from indexer.docker.disk_usage.workers import MeasuringError, measure
from indexer.docker.files.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from indexer.docker.disk_usage.tree import DiskUse, TreePath

TREES = 200
ODD = os.fsdecode(b"not-utf-8-\xff")
PROGRAM = """
import signal, sys
# Whoever runs the tests in the background may have told them to ignore an interrupt.
signal.signal(signal.SIGINT, (lambda *_: None) if sys.argv[2:] else signal.default_int_handler)
from indexer.docker.files.folder import Folder
from indexer.docker.disk_usage.workers import measure
paths = [("vfs", "dir", str(number)) for number in range(200)]
with Folder.of_root(sys.argv[1]) as root:
    for path, use in measure(root, paths, workers=2):
        print(path, flush=True)
        sys.stdin.readline()
"""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Folder]:
    """A root with `TREES` trees in `vfs/dir`, each with one file of another size."""
    for number in range(TREES):
        tree = tmp_path / "vfs/dir" / str(number)
        tree.mkdir(parents=True)
        (tree / "file").write_bytes(b"x" * number)
    with Folder.of_root(str(tmp_path)) as folder:
        yield folder


def paths() -> list[TreePath]:
    return [("vfs", "dir", str(number)) for number in range(TREES)]


def children(parent: int | None = None) -> set[int]:
    """The processes that another, by default this one, started and did not take leave of."""
    parent = parent or os.getpid()
    with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as listed:
        return {int(pid) for pid in listed.read().split()}


def runs(pid: int) -> bool:
    """Whether a process is there, and not only to be taken leave of."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as status:
            return status.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def started(root: Path, *arguments: str) -> subprocess.Popen[str]:
    """A program that takes its second tree when its input ends."""
    return subprocess.Popen(
        (sys.executable, "-c", PROGRAM, str(root), *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )


def under_way(root: Folder) -> Iterator[tuple[TreePath, DiskUse | None]]:
    """A measuring in two processes of which the first tree was taken."""
    before = children()
    measured = measure(root, paths(), workers=2)
    next(measured)
    assert len(children() - before) == 2
    return measured


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_tree_is_measured_once(root: Folder, workers: int) -> None:
    """However many processes measure, each tree is given once, with its own use."""
    measured = list(measure(root, paths(), workers=workers))
    assert len(measured) == TREES
    uses = dict(measured)
    assert [uses[path].apparent_bytes for path in paths()] == list(range(TREES))
    assert {use.entries for use in uses.values()} == {2}


def test_processes_tell_all_that_one_alone_tells(root: Folder, tmp_path: Path) -> None:
    """Missing trees, reasons and names that are no text come back as they are."""
    (tmp_path / ODD / ODD).mkdir(parents=True)
    (tmp_path / ODD / "link").symlink_to("x")
    asked = [(ODD,), ("gone",), (ODD, "link"), ("vfs", "dir", "7")]
    alone = dict(measure(root, asked, workers=1))
    assert dict(measure(root, asked, workers=4)) == alone
    assert alone["gone",] is None
    assert alone[ODD, "link"].unread[0].path == f"{ODD}/link"


def test_results_come_while_measuring_goes_on(root: Folder) -> None:
    """The first trees are given when most others are still to be measured."""
    measured = under_way(root)
    assert len(list(measured)) == TREES - 1


def test_no_trees_need_no_process(root: Folder) -> None:
    """Nothing to measure gives nothing."""
    assert list(measure(root, [])) == []


def test_processes_end_with_the_work(root: Folder) -> None:
    """After the last tree no process is left."""
    before = children()
    list(measure(root, paths(), workers=2))
    assert children() == before


@pytest.mark.parametrize("end", [KeyboardInterrupt, ValueError])
def test_processes_end_when_interrupted(root: Folder, end: type[BaseException]) -> None:
    """An interrupt or error in the midst of it passes through and leaves no process."""
    before = children()
    measured = under_way(root)
    with pytest.raises(end):
        measured.throw(end())
    assert children() == before


def test_processes_end_when_given_up(root: Folder) -> None:
    """Whoever takes no more results leaves no process behind."""
    before = children()
    under_way(root).close()
    assert children() == before


def test_killed_process_is_an_error(root: Folder) -> None:
    """The death of a process is said with its signal and place, and ends the others."""
    before = children()
    measured = under_way(root)
    os.kill(max(children() - before), signal.SIGKILL)
    with pytest.raises(MeasuringError, match=r"measured vfs/dir/\d+ and .* signal 9; try again"):
        list(measured)
    assert children() == before


def test_failing_process_gives_its_reason(root: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that fails by itself is quoted."""
    monkeypatch.setattr(workers, "_PACKAGES", "/nonexistent")
    with pytest.raises(MeasuringError, match=r"ended with 1: ModuleNotFoundError"):
        list(measure(root, paths(), workers=2))


def test_missing_interpreter_is_an_error(root: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no process can be started that is said, with what to do."""
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(MeasuringError, match=r"cannot start: .*leave out --du"):
        list(measure(root, paths(), workers=2))


@pytest.mark.parametrize("path", [(), ("..",), ("vfs", "../.."), ("vfs", ""), ("/",), ("a\0b",)])
def test_path_that_leads_elsewhere_is_refused(root: Folder, path: TreePath) -> None:
    """A path with anything but plain names is refused before anything is measured."""
    with pytest.raises(ValueError, match="leads to no tree"):
        measure(root, [("vfs",), path])


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_processes_do_not_outlive_the_program(tmp_path: Path, end: signal.Signals) -> None:
    """However a program that measures is ended, its processes end too, and say nothing."""
    with started(tmp_path) as program:
        program.stdout.readline()
        helpers = children(program.pid)
        os.killpg(program.pid, end)
        said = program.communicate()[1]
    assert len(helpers) == 2
    assert program.returncode == -end
    assert said.count("Traceback") == (1 if end == signal.SIGINT else 0)
    deadline = time.monotonic() + 10
    while any(map(runs, helpers)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.usefixtures("root")
def test_program_decides_what_an_interrupt_does(tmp_path: Path) -> None:
    """A program that goes on after Ctrl-C gets all its trees, as only it was interrupted."""
    with started(tmp_path, "goes on") as program:
        program.stdout.readline()
        os.killpg(program.pid, signal.SIGINT)
        rest, said = program.communicate()
    assert (program.returncode, len(rest.splitlines()), said) == (0, TREES - 1, "")
