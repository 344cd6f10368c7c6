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
from indexer.docker.files.folder import Folder, GoneError, UnreadableError, printable
from indexer.docker.root.layout import graph_drivers
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from indexer.docker.host.containerd_config import ContainerdSetting

_OWN: Final = ("containerd", "daemon")
_BESIDE: Final = (
    (("desktop-containerd", "daemon"), "Docker Desktop's, beside the Docker root"),
    (("containerd",), "beside the Docker root"),
    (("containerd", "root"), "beside the Docker root, as on Windows"),
)
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
    `reason` says why it was looked for there.
    """

    folder: Folder
    path: str
    namespace: str
    inside: str | None
    only_pulled: bool = False
    reason: str = ""


class Search(NamedTuple):
    """What was found, None for nothing, and the places that were looked at, as paths."""

    root: ContainerdRoot | None
    looked_at: tuple[str, ...]
    findings: tuple[Finding, ...]


class Whereabouts(NamedTuple):
    """Where the containerd of a Docker root is, None for nowhere, and a phrase that says why."""

    path: str | None
    reason: str


class _Place(NamedTuple):
    """A place to look at, and why: `below` are folders in `path`.

    `inside` says that `path` is the Docker root.
    """

    path: str
    below: tuple[str, ...]
    reason: str
    inside: bool = False

    @property
    def whole(self) -> str:
        return printable("/".join((self.path, *self.below)))


def find_containerd(
    docker_root: Folder,
    path: str,
    given: str | None,
    of_host: tuple[ContainerdSetting, ...] = (),
) -> Search:
    """The containerd root of the Docker root that was opened from `path`.

    `given` is one that was named instead of looking for it. Its own is `containerd/daemon`; the
    system's is where the settings `of_host` of its host say, or beside it (`/var/lib/containerd`
    beside `/var/lib/docker`); one of `userns-remap` uses those of the root around it. Of several it
    is the first that has images of Docker's, or else the first. One of `userns-remap` shares its
    namespace with the root around it where it has none of its own: with a graph driver, which such
    a root then has a store of, or before 26.0.
    """
    path = os.path.realpath(path)
    if given is not None:
        places = [_Place(os.path.abspath(given), (), "--containerd-root")]
    else:
        places = _places(path, of_host)
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
    return Search(chosen, tuple(place.whole for place in places), _outermost(findings))


def whereabouts(path: str, of_host: tuple[ContainerdSetting, ...]) -> Whereabouts:
    """Where the containerd of the Docker root at `path` is, found as by `find_containerd`.

    Where there is none the phrase names the places that were looked at, or what cannot be read.
    """
    try:
        with Folder.of_root(path) as folder:
            search = find_containerd(folder, path, None, of_host)
    except (GoneError, UnreadableError) as error:
        return Whereabouts(None, f"the Docker root {error}")
    if search.root is not None:
        with search.root.folder:
            return Whereabouts(search.root.path, search.root.reason)
    told = " ".join(finding.message for finding in search.findings)
    return Whereabouts(None, told or f"none: looked at {', '.join(search.looked_at)}")


def _outermost(findings: list[Finding]) -> tuple[Finding, ...]:
    """`findings` but for those of a place below one that cannot be read itself."""
    paths = [f"{it.path}/" for it in findings]
    return tuple(it for it in findings if not any(it.path.startswith(path) for path in paths))


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


def _places(path: str, of_host: tuple[ContainerdSetting, ...]) -> list[_Place]:
    outer = os.path.dirname(path)
    places = [_Place(path, _OWN, "inside the Docker root", inside=True)]
    if _SUB_ROOT.fullmatch(os.path.basename(path)):
        places.append(_Place(outer, _OWN, "inside the Docker root around it"))
        outer = os.path.dirname(outer)
    # A link beside the root is followed where the settings of its host say where it leads.
    led = {setting.named for setting in of_host if setting.named != setting.path}
    beside = [_Place(outer, below, reason) for below, reason in _BESIDE]
    beside = [it for it in beside if not any(f"{it.whole}/".startswith(f"{p}/") for p in led)]
    places += [_Place(it.path, (), it.reason) for it in of_host[:-1]]
    places += [*beside, *(_Place(it.path, (), it.reason) for it in of_host[-1:])]
    found: dict[str, _Place] = {}
    for place in places:
        found.setdefault(place.whole, place)
    return list(found.values())


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
            metadata.fingerprint(FILE)
    except (GoneError, UnreadableError):
        with folder:
            raise
    inside = "/".join(place.below) if place.inside else None
    return ContainerdRoot(folder, place.whole, _NAMESPACE, inside, reason=place.reason)


def _denied(place: _Place, error: UnreadableError) -> Finding:
    path = "/".join(place.below) if place.inside else place.whole
    # A link may lead to another machine's files, as in the copy of a disk.
    rule = "U3" if error.rule == "S1" and not place.inside else error.rule
    message = f"{path} {error}, so that images in it are not indexed{_ADVICE.get(rule, '')}."
    return Finding(rule, _KIND, None, path, message, cause=True)
