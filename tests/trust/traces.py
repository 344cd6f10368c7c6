"""What a program asked of the kernel about files, as strace(1) tells it.

Descriptors are shown with their paths, so that a call relative to one says where it led.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.requirements import need

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

DOCKIDX: Final = Path(sys.executable).with_name("dockidx")
_CALLS: Final = "%file,%desc"
_LINE: Final = re.compile(r"(?:\d+ +)?(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>.*)")
_DESCRIPTOR: Final = re.compile(r"(?:\d+|AT_FDCWD)<(?P<path>.*?)>")


class Call(NamedTuple):
    """A call: its name, its arguments and its result as strace writes them."""

    name: str
    arguments: str
    result: str

    @property
    def opened(self) -> str | None:
        """The path that the call opened, None where it opened nothing."""
        found = _DESCRIPTOR.match(self.result)
        return found["path"] if found and self.name in ("open", "openat", "openat2") else None

    @property
    def below(self) -> str | None:
        """The path of the descriptor that the call works on, None where that is not the first."""
        found = _DESCRIPTOR.match(self.arguments)
        return found["path"] if found else None


def traced(folder: Path, command: Sequence[str | Path], *, fails: bool = False) -> list[Call]:
    """Run `command` and give its calls about files; a command that fails is an error."""
    need(shutil.which("strace") is not None, "strace is not installed.")
    written = folder / "trace"
    strace = ["strace", "-f", "-y", "-qq", "-s", "4096", "-e", f"trace={_CALLS}", "-o", written]
    done = subprocess.run([*strace, "--", *command], capture_output=True, check=False, timeout=500)
    assert fails or done.returncode == 0, done.stderr.decode()
    return list(_calls(written))


def inside(path: str | None, *roots: Path) -> bool:
    """Whether `path` is one of `roots` or lies below one."""
    return path is not None and any(
        path == str(root) or path.startswith(f"{root}/") for root in roots
    )


def _calls(trace: Path) -> Iterator[Call]:
    with open(trace, encoding="utf-8", errors="backslashreplace") as lines:
        for line in lines:
            found = _LINE.fullmatch(line.rstrip("\n"))
            if found:
                yield Call(*found.groups())


def changing(calls: Iterable[Call], *roots: Path) -> list[Call]:
    """The calls that name something in `roots` and may change, lock or touch it.

    All are, but for those that are known to read.
    """
    return [call for call in calls if _names(call, roots) and not _reads(call)]


def _names(call: Call, roots: Sequence[Path]) -> bool:
    # What is written may well be a path; where it is written to is told by the descriptor.
    text = call.below or "" if "write" in call.name else call.arguments
    return any(str(root) in text for root in roots)


def _reads(call: Call) -> bool:
    if call.name in ("open", "openat", "openat2"):
        return "O_RDONLY" in call.arguments and not _WRITING.search(call.arguments)
    if call.name == "fcntl":
        return _HARMLESS.search(call.arguments) is not None
    if call.name == "mmap":
        return "PROT_WRITE" not in call.arguments
    return call.name in _READING


_WRITING: Final = re.compile(r"O_(WRONLY|RDWR|CREAT|TRUNC|TMPFILE|APPEND)")
_HARMLESS: Final = re.compile(r", F_(GETFD|SETFD|GETFL|DUPFD|DUPFD_CLOEXEC)\b")
_READING: Final = frozenset(
    {
        *("access", "close", "execve", "fstat", "fstatfs", "getcwd", "getdents64", "ioctl"),
        *("lgetxattr", "listxattr", "lseek", "lstat", "newfstatat", "pread64", "read"),
        *("readlink", "readlinkat", "stat", "statfs", "statx", "faccessat", "faccessat2"),
    }
)
