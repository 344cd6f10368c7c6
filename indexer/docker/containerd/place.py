"""Where containerd keeps what belongs to a Docker root.

Source: moby `daemon/command/daemon_unix.go` (`initContainerd`), `daemon/daemon.go`
(`RemapContainerdNamespaces`); containerd `defaults/defaults_unix.go`.
"""

from __future__ import annotations

import os
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.containerd.metadata import namespaces_with_images, require_metadata
from indexer.docker.files import Folder, GoneError, UnreadableError, printable
from indexer.docker.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    inside of it, and else absolute.
    """

    folder: Folder
    path: str
    namespace: str
    inside: str | None


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
    Of several it is the first that has images of Docker's, or else the first.
    """
    path = os.path.realpath(path)
    places = list(_places(path, of_host)) if given is None else [_Place(os.path.abspath(given), ())]
    looked_at = tuple(place.whole for place in places)
    findings: list[Finding] = []
    found: list[tuple[_Place, ContainerdRoot]] = []
    for place in places:
        try:
            found.append((place, _opened(docker_root, place)))
        except GoneError:
            continue
        except UnreadableError as error:
            findings.append(_denied(place, error))
    chosen = _chosen(path, found, findings)
    for _, root in found:
        if chosen is None or root.folder is not chosen.folder:
            with root.folder:
                pass
    return Search(chosen, looked_at, tuple(findings))


def _chosen(
    path: str, found: list[tuple[_Place, ContainerdRoot]], findings: list[Finding]
) -> ContainerdRoot | None:
    if len(found) == 1 and not _SUB_ROOT.fullmatch(os.path.basename(path)):
        # Nothing to choose from: the database is not read for that.
        return found[0][1]
    chosen: ContainerdRoot | None = None
    has_images = False
    for place, root in found:
        try:
            namespaces = namespaces_with_images(root.folder)
        except UnreadableError as error:
            findings.append(_denied(place, error))
            continue
        namespace = _namespace(path, namespaces or {})
        is_filled = (namespaces or {}).get(namespace, False)
        if chosen is None or (is_filled and not has_images):
            chosen, has_images = root._replace(namespace=namespace), is_filled
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
    if place.inside:
        folder = docker_root.descend(*place.below)
    else:
        folder = Folder.of_root(place.path, named=printable(place.path))
        if place.below:
            with folder:
                folder = folder.descend(*place.below)
    try:
        require_metadata(folder)
    except (GoneError, UnreadableError):
        with folder:
            raise
    inside = "/".join(place.below) if place.inside else None
    return ContainerdRoot(folder, place.whole, _NAMESPACE, inside)


def _namespace(path: str, namespaces: Mapping[str, bool]) -> str:
    """With `userns-remap` the namespace has the IDs of the root in its name from 26.0 on."""
    name = os.path.basename(path)
    own = f"{_NAMESPACE}-{name}"
    return own if _SUB_ROOT.fullmatch(name) and own in namespaces else _NAMESPACE


def _denied(place: _Place, error: UnreadableError) -> Finding:
    path = "/".join(place.below) if place.inside else place.whole
    # A link may lead to another machine's files, as in the copy of a disk.
    rule = "U3" if error.rule == "S1" and not place.inside else error.rule
    message = f"{path} {error}, so that images in it are not indexed{_ADVICE.get(rule, '')}."
    return Finding(rule, _KIND, None, path, message)
