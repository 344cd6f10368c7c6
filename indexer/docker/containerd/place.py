"""Finds the containerd root that belongs to a Docker root.

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

# dockerd starts its own containerd here if it finds no system one (moby `initContainerd`).
_OWN: Final = ("containerd", "daemon")
_BESIDE: Final = (
    (("desktop-containerd", "daemon"), "of Docker Desktop, beside the Docker root"),
    (("containerd",), "beside the Docker root"),
    (("containerd", "root"), "beside the Docker root, as on Windows"),
)
# userns-remap gives the root a folder named <uid>.<gid> inside the configured root.
_REMAPPED_NAME: Final = re.compile(r"[0-9]+\.[0-9]+")
_NAMESPACE: Final = "moby"
_KIND: Final = "containerd"
_ADVICE: Final = MappingProxyType(
    {
        "U1": "; run as root to include them",
        "U3": "; name where it leads with --containerd-root to include them",
    }
)


class ContainerdRoot(NamedTuple):
    """An open containerd root. The caller that receives it has to close `folder`.

    `path` is the path that was opened. `namespace` is Docker's namespace in it. `inside` is the
    path relative to the Docker root, None for a root outside. Paths of findings come from `folder`:
    relative to the Docker root if it is inside, otherwise absolute. If `only_pulled` is true, the
    images and snapshots of the namespace belong to another Docker root, and this one owns only the
    manifests of images that it pulled. `reason` says why this path was searched.
    """

    folder: Folder
    path: str
    namespace: str
    inside: str | None
    only_pulled: bool = False
    reason: str = ""


class Search(NamedTuple):
    """The containerd root that was found, None for none, and the paths that were searched."""

    root: ContainerdRoot | None
    looked_at: tuple[str, ...]
    findings: tuple[Finding, ...]


class ContainerdLocation(NamedTuple):
    """The path of the containerd root of a Docker root, None for none, and the reason in words."""

    path: str | None
    reason: str


class _Candidate(NamedTuple):
    """A path to search: the folders `below` in `path`, and the reason.

    `inside` is true if `path` is the Docker root.
    """

    path: str
    below: tuple[str, ...]
    reason: str
    inside: bool = False

    @property
    def full_path(self) -> str:
        return printable("/".join((self.path, *self.below)))


def find_containerd(
    docker_root: Folder,
    path: str,
    given: str | None,
    of_host: tuple[ContainerdSetting, ...] = (),
) -> Search:
    """Find the containerd root of the Docker root that was opened from `path`.

    `given` is the value of `--containerd-root`; it replaces the search. Otherwise these paths are
    searched: `containerd/daemon` in the Docker root, where the engine starts its own containerd;
    the paths in the settings `of_host` of the system's containerd; and the folders beside the
    Docker root (`/var/lib/containerd` beside `/var/lib/docker`). A root of `userns-remap` is also
    searched for at the root around it, which it shares a containerd with. If several are found, the
    first one with images of Docker wins, or else the first.

    A root of `userns-remap` has its own namespace from 26.0 on, unless it uses a graph driver.
    Otherwise it shares the namespace of the root around it (moby `RemapContainerdNamespaces`).
    """
    path = os.path.realpath(path)
    if given is not None:
        places = [_Candidate(os.path.abspath(given), (), "--containerd-root")]
    else:
        places = _candidates(path, of_host)
    findings: list[Finding] = []
    found: list[ContainerdRoot] = []
    for place in places:
        try:
            found.append(_open_candidate(docker_root, place))
        except GoneError:
            continue
        except UnreadableError as error:
            findings.append(_unreadable(place, error))
    chosen = _choose(found, path, docker_root)
    for root in found:
        if chosen is None or root.folder is not chosen.folder:
            with root.folder:
                pass
    return Search(chosen, tuple(place.full_path for place in places), _outermost(findings))


def whereabouts(path: str, of_host: tuple[ContainerdSetting, ...]) -> ContainerdLocation:
    """The path of the containerd root of the Docker root at `path`, found by `find_containerd`.

    If there is none, the reason names the paths that were searched, or what cannot be read.
    """
    try:
        with Folder.of_root(path) as folder:
            search = find_containerd(folder, path, None, of_host)
    except (GoneError, UnreadableError) as error:
        return ContainerdLocation(None, f"the Docker root {error}")
    if search.root is not None:
        with search.root.folder:
            return ContainerdLocation(search.root.path, search.root.reason)
    messages = " ".join(finding.message for finding in search.findings)
    return ContainerdLocation(None, messages or f"none: looked at {', '.join(search.looked_at)}")


def _outermost(findings: list[Finding]) -> tuple[Finding, ...]:
    """`findings` without those below a path that has a finding itself: they have one cause."""
    paths = [f"{it.path}/" for it in findings]
    return tuple(it for it in findings if not any(it.path.startswith(path) for path in paths))


def _choose(found: list[ContainerdRoot], path: str, docker_root: Folder) -> ContainerdRoot | None:
    name = os.path.basename(path)
    is_remapped = _REMAPPED_NAME.fullmatch(name) is not None
    # Usually there is only one candidate. Do not read its database, which may be large.
    if len(found) < 2 and not is_remapped:
        return found[0] if found else None
    has_driver = is_remapped and any(graph_drivers(docker_root))
    chosen: ContainerdRoot | None = None
    for root in found:
        namespaces = namespaces_with_images(root.folder)
        # From 26.0 on, the namespace of a remapped root ends in its user and group ID.
        own = f"{_NAMESPACE}-{name}"
        if is_remapped and own in namespaces:
            candidate = root._replace(namespace=own)
        else:
            candidate = root._replace(only_pulled=has_driver)
        if namespaces.get(candidate.namespace, False):
            return candidate
        chosen = chosen or candidate
    return chosen


def _candidates(path: str, of_host: tuple[ContainerdSetting, ...]) -> list[_Candidate]:
    outer = os.path.dirname(path)
    places = [_Candidate(path, _OWN, "inside the Docker root", inside=True)]
    if _REMAPPED_NAME.fullmatch(os.path.basename(path)):
        places.append(_Candidate(outer, _OWN, "inside the Docker root around it"))
        outer = os.path.dirname(outer)
    # The settings already name the target of a link beside the root, so skip the link itself.
    linked = {setting.named for setting in of_host if setting.named != setting.path}
    beside = [_Candidate(outer, below, reason) for below, reason in _BESIDE]
    beside = [
        it for it in beside if not any(f"{it.full_path}/".startswith(f"{p}/") for p in linked)
    ]
    places += [_Candidate(it.path, (), it.reason) for it in of_host[:-1]]
    places += [*beside, *(_Candidate(it.path, (), it.reason) for it in of_host[-1:])]
    found: dict[str, _Candidate] = {}
    for place in places:
        found.setdefault(place.full_path, place)
    return list(found.values())


def _open_candidate(docker_root: Folder, place: _Candidate) -> ContainerdRoot:
    """Open the containerd root at `place`.

    Raises `GoneError` if there is none or it has no database, and `UnreadableError`.
    """
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
    return ContainerdRoot(folder, place.full_path, _NAMESPACE, inside, reason=place.reason)


def _unreadable(place: _Candidate, error: UnreadableError) -> Finding:
    path = "/".join(place.below) if place.inside else place.full_path
    # In a copy of a disk, a link leads to the files of this machine, not those of the copy.
    rule = "U3" if error.rule == "S1" and not place.inside else error.rule
    message = f"{path} {error}; images in it are not indexed{_ADVICE.get(rule, '')}."
    return Finding(rule, _KIND, None, path, message, cause=True)
