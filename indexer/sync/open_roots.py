"""Opens the Docker roots of a sync, each with the containerd that belongs to it."""

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

FindContainerd = Callable[[Folder, str], Search]
"""Looks for the containerd root of a Docker root, which was opened from the path."""


class _Opening(NamedTuple):
    """How each root is opened; see `OpenRoots`."""

    find: FindContainerd
    links_below: str | None


class OpenRoots:
    """The open Docker roots of a sync. This is a context manager that closes them at its end."""

    def __init__(
        self,
        paths: Iterable[str],
        containerd: str | None = None,
        of_host: tuple[ContainerdSetting, ...] = (),
        links_below: str | None = None,
    ) -> None:
        """Open the roots at `paths`, the roots of userns-remap below them, and their containerd.

        `containerd` is the path of the containerd root. If it is None, the places are searched
        that `of_host`, the settings of the roots' host, and the defaults name. `links_below` is the
        folder that stands for `/` in links directly under a root, or None to follow no link.
        `refusals` are the errors of the roots that could not be opened. Raises the first of these,
        `LayoutError` or `AccessError`, if none could.
        """
        find = partial(find_containerd, given=containerd, of_host=of_host)
        opening = _Opening(find, links_below)
        opened: dict[str, OpenRoot] = {}
        refusals: list[LayoutError | AccessError] = []
        with ExitStack() as stack:
            for path in paths:
                try:
                    roots = _open_with_sub_roots(path, opening, stack)
                except (LayoutError, AccessError) as error:
                    refusals.append(error)
                    continue
                for root in roots:
                    # A root can be named twice, or both by itself and through the root above it.
                    opened.setdefault(root.path, root)
            if refusals and not opened:
                raise refusals[0]
            if containerd is not None:
                _require_found(containerd, opened.values())
            self._stack = stack.pop_all()
        self.roots = list(opened.values())
        self.refusals = tuple(refusals)

    def __enter__(self) -> list[OpenRoot]:
        """Return the open roots."""
        return self.roots

    def __exit__(self, *_: object) -> None:
        """Close the roots."""
        self._stack.close()


def _open_with_sub_roots(path: str, opening: _Opening, stack: ExitStack) -> list[OpenRoot]:
    folder = stack.enter_context(_open(path))
    roots: list[OpenRoot] = []
    refusal: LayoutError | AccessError | None = None
    try:
        roots.append(_open_root(folder, path, opening, stack))
    except (LayoutError, AccessError) as error:
        # With userns-remap only the folders below, such as `100000.100000`, are roots.
        refusal = error
    for name in sub_roots(folder):
        below = f"{path.rstrip('/')}/{name}"
        with suppress(LayoutError, GoneError):
            inner = stack.enter_context(folder.folder(name))
            roots.append(_open_root(inner, below, opening, stack))
    if refusal is not None and not roots:
        raise refusal
    return roots


def _open_root(folder: Folder, path: str, opening: _Opening, stack: ExitStack) -> OpenRoot:
    layout = look_at(folder, path, opening.links_below)
    containerd = opening.find(folder, path)
    if containerd.root is not None:
        stack.enter_context(containerd.root.folder)
    drivers = ", ".join(layout.drivers) or "none"
    _log.info("Opened %s; its stores of graph drivers: %s.", printable(path), drivers)
    if containerd.root is not None:
        _log.info("Its containerd root is %s.", containerd.root.path)
    return OpenRoot(folder, printable(path), layout, containerd, opening.links_below)


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
