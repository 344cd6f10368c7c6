"""The files of a Linux system that may be mounted somewhere else, such as a disk image.

Its absolute links mean paths of that system. They are resolved below its top and never lead out.
"""

from __future__ import annotations

import errno
import os
from typing import Final

from indexer.docker.files.folder import Folder, GoneError, UnreadableError, printable

_CONFIG_LIMIT: Final = 1 << 20
_LINK_LIMIT: Final = 40
_MASK: Final = "/dev/null"
_UNKNOWN_ROOTS: Final = "whether it names a Docker root is not known"


def normal(path: str) -> str:
    """`path` as an absolute path without `..`; a relative one starts at `/`."""
    return os.path.normpath("/" + path.lstrip("/"))


class SystemTree:
    """The file system of a host whose `/` is the directory `top` of this machine.

    All paths given to the methods are absolute paths of that host. What cannot be read is collected
    in `notices`: sentences that name the path as it is on this machine. `was_denied` says whether
    any of it lacked permission.
    """

    __slots__ = ("_notices", "top", "was_denied")

    def __init__(self, top: str) -> None:
        """Take the directory of the host's `/`."""
        self.top = os.path.abspath(top)
        self.was_denied = False
        self._notices: dict[str, None] = {}

    @property
    def notices(self) -> tuple[str, ...]:
        """The sentences collected so far, each once."""
        return tuple(self._notices)

    @property
    def is_running_host(self) -> bool:
        """Whether this is the host on which this process runs."""
        return os.path.realpath(self.top) == "/"

    def note(self, sentence: str) -> None:
        """Add a sentence to `notices`."""
        self._notices[printable(sentence)] = None

    def note_at(self, path: str, reason: str) -> None:
        """Add the sentence "`path` `reason`." to `notices`; `path` is the host's."""
        self.note(f"{self.here(path)} {reason}.")

    def note_unreadable(self, path: str, error: UnreadableError, what_follows: str) -> None:
        """Add to `notices` why the host's `path` cannot be read, and what follows from that."""
        self.was_denied |= error.rule == "U1"
        self.note_at(path, f"{error}; {what_follows}")

    def here(self, path: str) -> str:
        """The path on this machine of the host's `path`; links are not resolved."""
        return os.path.join(self.top, normal(path).lstrip("/"))

    def resolve(self, path: str) -> str:
        """The host's `path` with all links resolved, as a path of that host.

        A part that does not exist is kept as it is. Raises `UnreadableError` if a part cannot be
        looked up.
        """
        if "\0" in path:
            raise UnreadableError("U2", "is not a path, since it contains a NUL")
        done: list[str] = []
        # A stack of the parts that are still to be visited, the next one last.
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
                # The kernel gives up after 40 links too (ELOOP); links can form a circle.
                links += 1
                if links > _LINK_LIMIT:
                    raise UnreadableError("S1", "leads through too many symbolic links")
                if target.startswith("/"):
                    done.clear()
                pending.extend(target.split("/")[::-1])
        return "/" + "/".join(done)

    def is_denied(self, path: str) -> bool:
        """Whether this process lacks permission to look up `path`."""
        try:
            self.resolve(path)
        except UnreadableError as error:
            return error.rule == "U1"
        return False

    def read(self, path: str) -> bytes | None:
        """The contents of the configuration file `path`, at most 1 MiB; None if there is none.

        A file that exists and cannot be read gives None and a notice. A link to /dev/null, with
        which systemd masks a file, reads as empty even if a copied disk lacks that device.
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
            self.note_unreadable(path, error, _UNKNOWN_ROOTS)
            return None

    def names(self, path: str) -> tuple[str, ...]:
        """The sorted names in the folder `path`, none if it does not exist.

        A folder that cannot be listed gives none and a notice.
        """
        try:
            with Folder.of_root(self.here(self.resolve(path))) as folder:
                return tuple(sorted(entry.name for entry in folder.names()))
        except GoneError:
            return ()
        except UnreadableError as error:
            self.note_unreadable(path, error, _UNKNOWN_ROOTS)
            return ()

    def _link(self, path: str) -> str | None:
        try:
            return os.readlink(os.path.join(self.top, path))
        except OSError as error:
            # EINVAL: it exists and is not a link.
            if error.errno in (errno.EINVAL, errno.ENOENT, errno.ENOTDIR):
                return None
            if error.errno in (errno.EACCES, errno.EPERM):
                raise UnreadableError("U1", "cannot be looked up: permission denied") from error
            raise UnreadableError("U2", f"cannot be looked up: {error.strerror}") from error
