"""Opening the roots that a sync is to read, each with the containerd that belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from typing import TYPE_CHECKING

from indexer.docker.containerd.place import Search, find_containerd
from indexer.docker.files import Folder, GoneError, UnreadableError, printable
from indexer.docker.root import AccessError, LayoutError, look_at, sub_roots
from indexer.sync.options import OpenRoot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from indexer.docker.containerd.settings import ContainerdSetting

Find = Callable[[Folder, str], Search]
"""Looks for the containerd root of a Docker root that was opened from a path."""


class OpenRoots:
    """The Docker roots that a sync is to read, opened; a context manager that closes them."""

    def __init__(
        self,
        paths: Iterable[str],
        containerd: str | None = None,
        of_host: tuple[ContainerdSetting, ...] = (),
    ) -> None:
        """Open the roots at `paths`, those of userns-remap below them, and their containerd.

        `containerd` is the path of the containerd root where it is not looked for, `of_host` are
        the places of it that the settings of the roots' host name. Raises `LayoutError` and
        `AccessError`.
        """
        search = partial(find_containerd, given=containerd, of_host=of_host)
        opened: dict[str, OpenRoot] = {}
        with ExitStack() as stack:
            for path in paths:
                for root in _open_with_sub_roots(path, search, stack):
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


def _open_with_sub_roots(path: str, search: Find, stack: ExitStack) -> list[OpenRoot]:
    folder = stack.enter_context(_open(path))
    found: list[OpenRoot] = []
    refusal: LayoutError | AccessError | None = None
    try:
        found.append(_root(folder, path, search, stack))
    except (LayoutError, AccessError) as error:
        # Under userns-remap the outer folder need not be a root itself.
        refusal = error
    for name in sub_roots(folder):
        below = f"{path.rstrip('/')}/{name}"
        with suppress(LayoutError, GoneError):
            inner = stack.enter_context(folder.folder(name))
            found.append(_root(inner, below, search, stack))
    if refusal is not None and not found:
        raise refusal
    return found


def _root(folder: Folder, path: str, search: Find, stack: ExitStack) -> OpenRoot:
    layout = look_at(folder, path)
    found = search(folder, path)
    if found.root is not None:
        stack.enter_context(found.root.folder)
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
        raise LayoutError(
            f"{path} is not there or not a folder; name another with --root."
        ) from error
    except UnreadableError as error:
        raise AccessError.of(path, error) from error
