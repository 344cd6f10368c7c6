"""Measures many directory trees at once, in processes, as one of them uses one CPU only."""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Self

from indexer.docker.disk_usage.tree import DiskUse, TreePath, Unread, measure_tree
from indexer.docker.files.folder import Folder
from indexer.docker.root.mount_points import mount_points
from indexer.errors import DockidxError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType

Measured = tuple[TreePath, DiskUse | None]
"""A tree, and its use or None where it is not there."""

_MOST_WORKERS: Final = 8
_MOST_TREES: Final = 32
_TURNS: Final = 4
_ADVICE: Final = "try again, or leave out --du"
_NO_NAMES: Final = frozenset({"", ".", ".."})
_PACKAGES: Final = str(Path(__file__).resolve().parents[3])
_PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    f"from {__name__} import serve; serve(int(sys.argv[2]), sys.argv[3], sys.stdin, sys.stdout)"
)


class MeasuringError(DockidxError):
    """A process that measures could not start or ended early; says how, where, and what to do."""


def measure(
    root: Folder, paths: Iterable[TreePath], workers: int | None = None
) -> Iterator[Measured]:
    """Measure the trees at `paths` below `root` and give each, in no order, once it is measured.

    `workers` is how many processes measure, by default one for each CPU this process may use; with
    1, or for a single tree, it measures by itself. The processes end with the iterator, however
    that ends. Raises `MeasuringError` and, before anything is measured, `ValueError` for a path
    that could lead elsewhere.
    """
    listed = list(paths)
    for path in listed:
        _require_names(path)
    usable = min(len(os.sched_getaffinity(0)), _MOST_WORKERS)
    count = min(workers or usable, len(listed))
    return _by_processes(root, listed, count) if count > 1 else _alone(root, listed)


def serve(root_fd: int, followed: str, requests: IO[str], answers: IO[str]) -> None:
    """Measure what is asked for, a line of JSON at a time, until `requests` ends.

    What a worker process runs; `root_fd` is the open Docker root, and `followed`, as JSON, has the
    handles of the folders that links in it were followed to.
    """
    with Folder(root_fd, "") as root:
        for name, fd in json.loads(followed).items():
            root.follow(name, Folder(fd, name))
        mounts = mount_points(root)
        for line in requests:
            uses = [measure_tree(root, tuple(path), mounts) for path in json.loads(line)]
            answers.write(json.dumps(uses) + "\n")
            answers.flush()


def _require_names(path: TreePath) -> None:
    unsafe = (name in _NO_NAMES or "/" in name or "\0" in name for name in path)
    if not path or any(unsafe):
        raise ValueError(f"{path!r} leads to no tree below the root: its parts are not all names.")


def _alone(root: Folder, paths: Sequence[TreePath]) -> Iterator[Measured]:
    mounts = mount_points(root)
    for path in paths:
        yield path, measure_tree(root, path, mounts)


def _by_processes(root: Folder, paths: Sequence[TreePath], count: int) -> Iterator[Measured]:
    batches = _batches(paths, count)
    with selectors.DefaultSelector() as selector, ExitStack() as running:
        for _, batch in zip(range(count), batches, strict=False):
            worker = _started(root, running)
            worker.ask(batch)
            selector.register(worker.fileno(), selectors.EVENT_READ, worker)
        while selector.get_map():
            for key, _ in selector.select():
                measured = key.data.answer()
                following = next(batches, None)
                if following is None:
                    selector.unregister(key.fd)
                else:
                    key.data.ask(following)
                yield from measured


def _batches(paths: Sequence[TreePath], count: int) -> Iterator[Sequence[TreePath]]:
    """Divide the work; the last batches are small, so that the processes end together."""
    done = 0
    while done < len(paths):
        share = (len(paths) - done) // (count * _TURNS)
        size = max(1, min(share, _MOST_TREES))
        yield paths[done : done + size]
        done += size


class _Worker:
    """A process that measures a batch of trees at a time; a context manager that ends it."""

    __slots__ = ("_answers", "_batch", "_process", "_socket")

    def __init__(self, process: subprocess.Popen[bytes], ours: socket.socket) -> None:
        self._batch: Sequence[TreePath] = ()
        self._process = process
        self._socket = ours
        self._answers = ours.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._socket, self._answers, self._process:
            self._process.kill()

    def fileno(self) -> int:
        return self._socket.fileno()

    def ask(self, batch: Sequence[TreePath]) -> None:
        self._batch = batch
        try:
            self._socket.sendall(json.dumps(batch).encode() + b"\n")
        except ConnectionError as error:
            raise self._death() from error

    def answer(self) -> list[Measured]:
        """Wait for the uses of the batch that was asked for last."""
        try:
            line = self._answers.readline()
        except ConnectionError as error:
            raise self._death() from error
        if not line.endswith(b"\n"):
            raise self._death()
        return list(zip(self._batch, map(_use, json.loads(line)), strict=True))

    def _death(self) -> MeasuringError:
        said = self._process.communicate()[1].decode("utf-8", "replace").splitlines()
        status = self._process.returncode
        how = f"was ended by signal {-status}" if status < 0 else f"ended with {status}"
        why = f": {said[-1]}" if said else ""
        trees = f"{'/'.join(self._batch[0])} and {len(self._batch) - 1} more"
        return MeasuringError(f"The process that measured {trees} {how}{why}; {_ADVICE}.")


def _started(root: Folder, running: ExitStack) -> _Worker:
    """Start a process, which `running` ends."""
    ours, theirs = socket.socketpair()
    running.enter_context(ours)
    with theirs:
        process = _process(root, theirs)
    return running.enter_context(_Worker(process, ours))


def _process(root: Folder, pipe: socket.socket) -> subprocess.Popen[bytes]:
    # A fresh interpreter inherits neither the locks of threads nor an open database.
    handles = {name: folder.fileno() for name, folder in root.followed.items()}
    told = (str(root.fileno()), json.dumps(handles))
    command = (sys.executable, "-I", "-S", "-c", _PROGRAM, _PACKAGES, *told)
    try:
        return subprocess.Popen(  # noqa: S603 - this interpreter, and no shell
            command,
            stdin=pipe.fileno(),
            stdout=pipe.fileno(),
            stderr=subprocess.PIPE,
            pass_fds=(root.fileno(), *handles.values()),
            # Ctrl-C is for the process that shows the progress: it ends this one.
            start_new_session=True,
        )
    except OSError as error:
        message = f"A process that measures disk use cannot start: {error}; {_ADVICE}."
        raise MeasuringError(message) from error


def _use(answer: Sequence[Any] | None) -> DiskUse | None:
    if answer is None:
        return None
    apparent, disk, entries, unread, linked, device = answer
    return DiskUse(
        apparent,
        disk,
        entries,
        tuple(Unread(*parts) for parts in unread),
        tuple((inode, size) for inode, size in linked),
        device,
    )
