"""The layout of a Docker root: whether a path is one, and which stores it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn, Self

from indexer.docker.drivers import LAYER_PLACES
from indexer.docker.drivers.left import left_drivers
from indexer.docker.encodings.gojson import storable
from indexer.docker.files.folder import Folder, GoneError, UnreadableError
from indexer.docker.files.scan import unread_part, unreadable
from indexer.docker.root.top_links import open_top_links
from indexer.errors import DockidxError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from indexer.docker.root.top_links import TopLink
    from indexer.docker.rules.finding import Finding

_STORE_PARTS: Final = frozenset({"imagedb", "layerdb", "repositories.json"})
_ROOT_PARTS: Final = frozenset({"volumes", "network", "buildkit", "image", "plugins", "swarm"})
_OF_CONTAINERD: Final = "io.containerd."
_SUB_ROOT: Final = re.compile(r"[0-9]+\.[0-9]+")
_ENGINE_ID: Final = "engine-id"
_ENGINE_ID_LIMIT: Final = 4096
_LOOKED_FOR: Final = "image/<driver>, containers/ beside volumes/ or network/, or engine-id"


class LayoutError(DockidxError):
    """The path is not a Docker root, or its layout is not supported; the message says why."""

    exit_code = 3


class AccessError(DockidxError):
    """The path cannot be read, for lack of permission or because of an I/O error."""

    exit_code = 4

    @classmethod
    def of(cls, path: str, error: UnreadableError) -> Self:
        """The error for the folder `path`, which cannot be read because of `error`."""
        advice = "; run with sudo." if error.rule == "U1" else "."
        return cls(f"{path} {error}{advice}")


class Layout(NamedTuple):
    """The stores of a Docker root.

    `drivers` are the graph drivers with an image store under `image/`. `left` are those that only
    have a folder with layer directories, for instance after `image/` was removed. `findings` are
    about parts that could not be listed. `links` are links in place of folders, not followed.
    """

    drivers: tuple[str, ...]
    findings: tuple[Finding, ...]
    left: tuple[str, ...] = ()
    links: tuple[TopLink, ...] = ()


def look_at(root: Folder, path: str, below: str | None = None) -> Layout:
    """The layout of the folder `root`, which was opened from `path`.

    Links directly under it are followed if `below` is given, the folder that is `/` for their
    targets. Raises `LayoutError` if the folder is not a Docker root, and `AccessError`.
    """
    try:
        names = {entry.name for entry in root.names()}
    except UnreadableError as error:
        raise AccessError.of(path, error) from error
    _refuse_v1(names, path)
    links = open_top_links(root, path, below)
    drivers, findings = graph_drivers(root)
    denied = tuple(_denied_sub_roots(root))
    # A store that cannot be listed is one all the same. `containers` alone could be anything.
    is_root = findings or drivers or _ENGINE_ID in names
    if not is_root and not ("containers" in names and names & _ROOT_PARTS):
        _refuse(path, names, denied)
    left = _left(root, drivers, findings)
    return Layout(drivers, (*findings, *denied), left, links)


def _refuse(path: str, names: Iterable[str], denied: Sequence[Finding]) -> NoReturn:
    """Raise the error that says best why the folder `path` is not a Docker root."""
    if denied:
        raise AccessError(f"{path}/{denied[0].path} cannot be read; run with sudo.")
    if any(name.startswith(_OF_CONTAINERD) for name in names):
        raise LayoutError(
            f"{path} is a containerd root; name the Docker root with --root, and this one with "
            "--containerd-root if the two are not beside each other."
        )
    raise LayoutError(
        f"{path} is not a Docker root: looked for {_LOOKED_FOR}; name another with --root."
    )


def sub_roots(root: Folder) -> tuple[str, ...]:
    """The names of further roots directly below `root`.

    An engine with `userns-remap` has its root in the folder `<uid>.<gid>` (moby
    `daemon/daemon_unix.go` `setupDaemonRoot`).
    """
    return tuple(name for name in _sub_root_names(root) if _is_sub_root(root, name))


def graph_drivers(root: Folder) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """The graph drivers that have a store in `root`, and findings for what could not be listed."""
    findings: list[Finding] = []
    try:
        with root.folder("image") as image:
            names = [entry.name for entry in image.names() if entry.name in LAYER_PLACES]
            drivers = [name for name in names if _is_store(image, name, findings)]
    except GoneError:
        return (), ()
    except UnreadableError as error:
        return (), (unread_part(root, "image", "store", error),)
    return tuple(drivers), tuple(findings)


def read_engine_id(root: Folder) -> tuple[str | None, tuple[Finding, ...]]:
    """The ID of the engine (moby `daemon/id.go`, from 23.0 on) and the findings about its file.

    The ID is None if the file does not exist, is empty or cannot be read.
    """
    try:
        data = root.read(_ENGINE_ID, _ENGINE_ID_LIMIT)
    except GoneError:
        return None, ()
    except UnreadableError as error:
        return None, (unreadable(root, _ENGINE_ID, "root", error),)
    return storable(data.decode("utf-8", "replace").strip()) or None, ()


def _left(root: Folder, drivers: tuple[str, ...], findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """The drivers that have layer directories and no image store.

    A driver whose image store may be in a folder that could not be read is left out.
    """
    hidden = {finding.path for finding in findings}
    if "image" in hidden:
        return ()
    return left_drivers(root, {*drivers, *(path.removeprefix("image/") for path in hidden)})


def _refuse_v1(names: Iterable[str], path: str) -> None:
    """Raise `LayoutError` if `names` are those of a root of Docker before 1.10."""
    present = set(names)
    old = "graph" in present and any(name.startswith("repositories-") for name in present)
    # The migration to the present layout left the old files in place.
    if old and "image" not in present:
        raise LayoutError(
            f"{path} has the layout of Docker before 1.10 (graph/ and repositories-<driver>), "
            "which is not read; name another with --root."
        )


def _is_store(image: Folder, driver: str, findings: list[Finding]) -> bool:
    try:
        with image.folder(driver) as store:
            return any(entry.name in _STORE_PARTS for entry in store.names())
    except GoneError:
        return False
    except UnreadableError as error:
        findings.append(unread_part(image, driver, "store", error))
        # It exists, so that an engine with this driver uses it; only its contents are unknown.
        return True


def _sub_root_names(root: Folder) -> list[str]:
    try:
        entries = root.names()
    except UnreadableError:
        return []
    return [it.name for it in entries if it.kind == "folder" and _SUB_ROOT.fullmatch(it.name)]


def _denied_sub_roots(root: Folder) -> Iterator[Finding]:
    for name in _sub_root_names(root):
        try:
            with root.folder(name):
                continue
        except GoneError:
            continue
        except UnreadableError as error:
            yield unreadable(root, name, "root", error)


def _is_sub_root(root: Folder, name: str) -> bool:
    try:
        with root.folder(name) as folder:
            return any(folder.has(part) for part in ("image", "containers", _ENGINE_ID))
    except (GoneError, UnreadableError):
        return False
