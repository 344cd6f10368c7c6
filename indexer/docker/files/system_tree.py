"""The files of a Linux system that may be mounted elsewhere: links never lead out of it."""

from __future__ import annotations

import errno
import os
from typing import Final

from indexer.docker.files.folder import Folder, GoneError, UnreadableError, printable

_CONFIG_LIMIT: Final = 1 << 20
_LINK_LIMIT: Final = 40
_MASK: Final = "/dev/null"


def normal(path: str) -> str:
    """`path` as an absolute one, which `..` does not leave; a relative one starts at `/`."""
    return os.path.normpath("/" + path.lstrip("/"))


class SystemTree:
    """The file system of a host, whose `/` is the directory `top` here.

    All paths given to it are absolute ones of that host. What cannot be read is gathered in
    `notices`, sentences that name the path as it is opened from here; `was_denied` is whether a
    right was lacking for any of it.
    """

    __slots__ = ("_notices", "top", "was_denied")

    def __init__(self, top: str) -> None:
        """Take the directory of the host's `/`."""
        self.top = os.path.abspath(top)
        self.was_denied = False
        self._notices: dict[str, None] = {}

    @property
    def notices(self) -> tuple[str, ...]:
        """What has been noted so far, each sentence once."""
        return tuple(self._notices)

    @property
    def is_running_host(self) -> bool:
        """Whether this is the host that runs this process."""
        return os.path.realpath(self.top) == "/"

    def note(self, sentence: str) -> None:
        """Keep a sentence for `notices`."""
        self._notices[printable(sentence)] = None

    def note_at(self, path: str, reason: str) -> None:
        """Keep the sentence that begins with the host's `path` and goes on with `reason`."""
        self.note(f"{self.here(path)} {reason}.")

    def note_unreadable(self, path: str, error: UnreadableError, what_follows: str) -> None:
        """Keep why the host's `path` cannot be read, and what follows from it."""
        self.was_denied |= error.rule == "U1"
        self.note_at(path, f"{error}; {what_follows}")

    def here(self, path: str) -> str:
        """The host's `path` as it is opened from here; links are not looked at."""
        return os.path.join(self.top, normal(path).lstrip("/"))

    def resolve(self, path: str) -> str:
        """The host's `path` without links, as that host sees it; what is missing is kept as it is.

        Raises `UnreadableError` where a part of it cannot be looked up.
        """
        if "\0" in path:
            raise UnreadableError("U2", "is no path, for it holds a NUL")
        done: list[str] = []
        pending = path.split("/")[::-1]
        links = 0
        while pending:
            name = pending.pop()
            if name == "..":
                del done[-1:]
            elif name not in ("", "."):
                target = self._link("/".join((*done, name)))
                if target is None:
                    done.append(name)
                    continue
                links += 1
                if links > _LINK_LIMIT:
                    raise UnreadableError("S1", "leads through too many symbolic links")
                if target.startswith("/"):
                    done.clear()
                pending.extend(target.split("/")[::-1])
        return "/" + "/".join(done)

    def is_denied(self, path: str) -> bool:
        """Whether this process lacks the right to look `path` up."""
        try:
            self.resolve(path)
        except UnreadableError as error:
            return error.rule == "U1"
        return False

    def read(self, path: str) -> bytes | None:
        """The configuration file `path` of at most 1 MiB, None where there is none to read.

        One that is there and cannot be read is noted. A link to /dev/null, by which systemd masks a
        file, reads as empty also where that device is missing.
        """
        try:
            resolved = self.resolve(path)
            if resolved == _MASK:
                return b""
            folder, name = os.path.split(resolved)
            with Folder.of_root(self.here(folder)) as opened:
                return opened.read(name, _CONFIG_LIMIT)
        except GoneError:
            return None
        except UnreadableError as error:
            self.note_unreadable(path, error, "what it may say of Docker roots is not known")
            return None

    def names(self, path: str) -> tuple[str, ...]:
        """The sorted names in the folder `path`, none where there is none; no access is noted."""
        try:
            with Folder.of_root(self.here(self.resolve(path))) as folder:
                return tuple(sorted(entry.name for entry in folder.names()))
        except GoneError:
            return ()
        except UnreadableError as error:
            self.note_unreadable(path, error, "what it may say of Docker roots is not known")
            return ()

    def _link(self, path: str) -> str | None:
        try:
            return os.readlink(os.path.join(self.top, path))
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOENT, errno.ENOTDIR):
                return None
            if error.errno in (errno.EACCES, errno.EPERM):
                raise UnreadableError("U1", "cannot be looked up: permission denied") from error
            raise UnreadableError("U2", f"cannot be looked up: {error.strerror}") from error
