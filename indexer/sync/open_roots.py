"""Opening the roots that a sync is to read, each with the containerd that belongs to it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.containerd.place import Search, find_containerd
from indexer.docker.files.folder import Folder, GoneError, UnreadableError, printable
from indexer.docker.root.layout import AccessError, LayoutError, look_at, sub_roots
from indexer.sync.engine.options import OpenRoot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from indexer.docker.host.containerd_config import ContainerdSetting

_log: Final = logging.getLogger(__name__)

Find = Callable[[Folder, str], Search]
"""Looks for the containerd root of a Docker root that was opened from a path."""


class _How(NamedTuple):
    """How a root is opened: by what its containerd is found, and below what its links lead."""

    find: Find
    links_below: str | None


class OpenRoots:
    """The Docker roots that a sync is to read, opened; a context manager that closes them."""

    def __init__(
        self,
        paths: Iterable[str],
        containerd: str | None = None,
        of_host: tuple[ContainerdSetting, ...] = (),
        links_below: str | None = None,
    ) -> None:
        """Open the roots at `paths`, those of userns-remap below them, and their containerd.

        `containerd` is the path of the containerd root where it is not looked for, `of_host` are
        the places of it that the settings of the roots' host name, `links_below` the folder that is
        `/` for links directly under a root, None where none is followed. Raises `LayoutError` and
        `AccessError`.
        """
        find = partial(find_containerd, given=containerd, of_host=of_host)
        how = _How(find, links_below)
        opened: dict[str, OpenRoot] = {}
        with ExitStack() as stack:
            for path in paths:
                for root in _open_with_sub_roots(path, how, stack):
                    # A root may be given twice, or beside the one that it lies below.
                    opened.setdefault(root.path, root)
            if containerd is not None:
                _require_found(containerd, opened.values())
            self._stack = stack.pop_all()
        self.roots = list(opened.values())

    def __enter__(self) -> list[OpenRoot]:
        """Give the open roots."""
        return self.roots

    def __exit__(self, *_: object) -> None:
        """Close them."""
        self._stack.close()


def _open_with_sub_roots(path: str, how: _How, stack: ExitStack) -> list[OpenRoot]:
    folder = stack.enter_context(_open(path))
    found: list[OpenRoot] = []
    refusal: LayoutError | AccessError | None = None
    try:
        found.append(_root(folder, path, how, stack))
    except (LayoutError, AccessError) as error:
        # Under userns-remap the outer folder need not be a root itself.
        refusal = error
    for name in sub_roots(folder):
        below = f"{path.rstrip('/')}/{name}"
        with suppress(LayoutError, GoneError):
            inner = stack.enter_context(folder.folder(name))
            found.append(_root(inner, below, how, stack))
    if refusal is not None and not found:
        raise refusal
    return found


def _root(folder: Folder, path: str, how: _How, stack: ExitStack) -> OpenRoot:
    layout = look_at(folder, path, how.links_below)
    found = how.find(folder, path)
    if found.root is not None:
        stack.enter_context(found.root.folder)
    drivers = ", ".join(layout.drivers) or "none"
    _log.info("Opened %s; its stores of graph drivers: %s.", printable(path), drivers)
    if found.root is not None:
        _log.info("Its containerd root is %s.", found.root.path)
    return OpenRoot(folder, printable(path), layout, found)


def _require_found(containerd: str, roots: Iterable[OpenRoot]) -> None:
    if any(root.containerd.root is not None for root in roots):
        return
    if any(root.containerd.findings for root in roots):
        raise AccessError(f"{containerd} cannot be read; run with sudo.")
    raise LayoutError(
        f"{containerd} is not a containerd root: looked for io.containerd.metadata.v1.bolt/meta.db "
        "in it; name another with --containerd-root."
    )


def _open(path: str) -> Folder:
    try:
        return Folder.of_root(path)
    except GoneError as error:
        if os.path.isfile(path):
            raise LayoutError(
                f"{path} is a file, not a folder; unpack it where it is an archive, and name the "
                "folder with --root."
            ) from error
        raise LayoutError(
            f"{path} is not there or not a folder; name another with --root."
        ) from error
    except UnreadableError as error:
        raise AccessError.of(path, error) from error
