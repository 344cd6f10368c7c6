"""Where containerd keeps what belongs to a Docker root.

Source: moby `daemon/command/daemon_unix.go` (`initContainerd`), `daemon/daemon.go`
(`RemapContainerdNamespaces`); containerd `defaults/defaults_unix.go`.
"""

from __future__ import annotations

import os
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.containerd.metadata import FILE, FOLDER, namespaces_with_images
from indexer.docker.files import Folder, GoneError, UnreadableError, printable
from indexer.docker.findings import Finding
from indexer.docker.root import graph_drivers

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWN: Final = ("containerd", "daemon")
_SYSTEM: Final = "containerd"
_SUB_ROOT: Final = re.compile(r"[0-9]+\.[0-9]+")
_NAMESPACE: Final = "moby"
_KIND: Final = "containerd"
_ADVICE: Final = MappingProxyType(
    {
        "U1": "; run as root to include them",
        "U3": "; name where it leads with --containerd-root to include them",
    }
)


class ContainerdRoot(NamedTuple):
    """A containerd root, open: whoever was given it closes `folder`.

    `path` is as opened, `namespace` is Docker's in it, and `inside` its place in the Docker root
    where it lies inside. Paths of findings are as `folder` has them: relative to the Docker root
    inside of it, and else absolute. Where `only_pulled`, images and snapshots in the namespace are
    another Docker root's, and this one has no more there than manifests of what it pulled.
    """

    folder: Folder
    path: str
    namespace: str
    inside: str | None
    only_pulled: bool = False


class Search(NamedTuple):
    """What was found, None for nothing, and the places that were looked at, as paths."""

    root: ContainerdRoot | None
    looked_at: tuple[str, ...]
    findings: tuple[Finding, ...]


class _Place(NamedTuple):
    """A place to look at: `below` are folders in `path`; `inside` is that of the Docker root."""

    path: str
    below: tuple[str, ...]
    inside: bool = False

    @property
    def whole(self) -> str:
        return printable("/".join((self.path, *self.below)))


def find_containerd(
    docker_root: Folder, path: str, given: str | None, of_host: str | None = None
) -> Search:
    """The containerd root of the Docker root that was opened from `path`.

    `given` is one that was named instead of looking for it. Its own is `containerd/daemon`; the
    system's is beside it (`/var/lib/containerd` beside `/var/lib/docker`), or at `of_host` where
    the settings of this host name the root; one of `userns-remap` uses those of the root around it.
    Of several it is the first that has images of Docker's, or else the first. One of `userns-remap`
    shares its namespace with the root around it where it has none of its own: with a graph driver,
    which such a root then has a store of, or before 26.0.
    """
    path = os.path.realpath(path)
    places = list(_places(path, of_host)) if given is None else [_Place(os.path.abspath(given), ())]
    looked_at = tuple(place.whole for place in places)
    findings: list[Finding] = []
    found: list[ContainerdRoot] = []
    for place in places:
        try:
            found.append(_opened(docker_root, place))
        except GoneError:
            continue
        except UnreadableError as error:
            findings.append(_denied(place, error))
    chosen = _chosen(found, path, docker_root)
    for root in found:
        if chosen is None or root.folder is not chosen.folder:
            with root.folder:
                pass
    return Search(chosen, looked_at, tuple(findings))


def _chosen(found: list[ContainerdRoot], path: str, docker_root: Folder) -> ContainerdRoot | None:
    name = os.path.basename(path)
    is_remapped = _SUB_ROOT.fullmatch(name) is not None
    # The databases may be large, and mostly there is nothing to choose.
    if len(found) < 2 and not is_remapped:
        return found[0] if found else None
    has_driver = is_remapped and any(graph_drivers(docker_root))
    chosen: ContainerdRoot | None = None
    for root in found:
        namespaces = namespaces_with_images(root.folder)
        # With `userns-remap` it has the IDs of the root in its name from 26.0 on.
        own = f"{_NAMESPACE}-{name}"
        if is_remapped and own in namespaces:
            candidate = root._replace(namespace=own)
        else:
            candidate = root._replace(only_pulled=has_driver)
        if namespaces.get(candidate.namespace, False):
            return candidate
        chosen = chosen or candidate
    return chosen


def _places(path: str, of_host: str | None) -> Iterator[_Place]:
    outer = os.path.dirname(path)
    yield _Place(path, _OWN, inside=True)
    if _SUB_ROOT.fullmatch(os.path.basename(path)):
        yield _Place(outer, _OWN)
        outer = os.path.dirname(outer)
    yield _Place(outer, (_SYSTEM,))
    if of_host is not None and of_host != os.path.join(outer, _SYSTEM):
        yield _Place(of_host, ())


def _opened(docker_root: Folder, place: _Place) -> ContainerdRoot:
    """The containerd root at `place`. Raises `GoneError` also where it has no database."""
    if place.inside:
        folder = docker_root.descend(*place.below)
    else:
        folder = Folder.of_root(place.path, named=printable(place.path))
        if place.below:
            with folder:
                folder = folder.descend(*place.below)
    try:
        with folder.folder(FOLDER) as metadata:
            metadata.stamp(FILE)
    except (GoneError, UnreadableError):
        with folder:
            raise
    inside = "/".join(place.below) if place.inside else None
    return ContainerdRoot(folder, place.whole, _NAMESPACE, inside)


def _denied(place: _Place, error: UnreadableError) -> Finding:
    path = "/".join(place.below) if place.inside else place.whole
    # A link may lead to another machine's files, as in the copy of a disk.
    rule = "U3" if error.rule == "S1" and not place.inside else error.rule
    message = f"{path} {error}, so that images in it are not indexed{_ADVICE.get(rule, '')}."
    return Finding(rule, _KIND, None, path, message, cause=True)
