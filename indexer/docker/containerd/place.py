"""Where containerd keeps what belongs to a Docker root.

Source: moby `daemon/command/daemon_unix.go` (`initContainerd`), `daemon/daemon.go`
(`RemapContainerdNamespaces`); containerd `defaults/defaults_unix.go`.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.containerd.metadata import FILE, FOLDER, namespaces_with_images
from indexer.docker.files import Folder, GoneError, UnreadableError, printable
from indexer.docker.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OWN: Final = ("containerd", "daemon")
_SYSTEM: Final = "containerd"
_SUB_ROOT: Final = re.compile(r"[0-9]+\.[0-9]+")
_NAMESPACE: Final = "moby"
_KIND: Final = "containerd"


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
    path: str
    inside: bool


def find_containerd(docker_root: Folder, path: str, given: str | None) -> Search:
    """The containerd root of the Docker root that was opened from `path`.

    `given` is one that was named instead of looking for it. Its own is `containerd/daemon`; the
    system's is beside it (`/var/lib/containerd` beside `/var/lib/docker`); one of `userns-remap`
    uses those of the root around it. Of two it is the first that has images of Docker's.
    """
    path = os.path.realpath(path)
    places = [_Place(os.path.abspath(given), False)] if given is not None else list(_places(path))
    found: list[ContainerdRoot] = []
    with_images: list[bool] = []
    findings: list[Finding] = []
    looked_at = tuple(printable(place.path) for place in places)
    for place in places:
        try:
            root = _opened(docker_root, place)
        except GoneError:
            continue
        except UnreadableError as error:
            findings.append(_denied(place, error))
            continue
        namespaces = _namespaces(root.folder, place, findings)
        if namespaces is None:
            os.close(root.folder.fileno())
            continue
        namespace = _namespace(path, namespaces)
        found.append(root._replace(namespace=namespace))
        with_images.append(namespaces.get(namespace, False))
    if not found:
        return Search(None, looked_at, tuple(findings))
    chosen = with_images.index(True) if True in with_images else 0
    for position, root in enumerate(found):
        if position != chosen:
            os.close(root.folder.fileno())
    return Search(found[chosen], looked_at, tuple(findings))


def _places(path: str) -> Iterator[_Place]:
    outer = os.path.dirname(path)
    yield _Place(os.path.join(path, *_OWN), True)
    if _SUB_ROOT.fullmatch(os.path.basename(path)):
        yield _Place(os.path.join(outer, *_OWN), False)
        outer = os.path.dirname(outer)
    yield _Place(os.path.join(outer, _SYSTEM), False)


def _opened(docker_root: Folder, place: _Place) -> ContainerdRoot:
    if place.inside:
        folder = docker_root.descend(*_OWN)
        return ContainerdRoot(folder, printable(place.path), _NAMESPACE, "/".join(_OWN))
    folder = Folder.of_root(place.path, named=printable(place.path))
    return ContainerdRoot(folder, printable(place.path), _NAMESPACE, None)


def _namespaces(
    folder: Folder, place: _Place, findings: list[Finding]
) -> Mapping[str, bool] | None:
    try:
        return namespaces_with_images(folder)
    except UnreadableError as error:
        findings.append(_denied(place, error))
        return None


def _namespace(path: str, namespaces: Mapping[str, bool]) -> str:
    """With `userns-remap` the namespace has the IDs of the root in its name from 26.0 on."""
    own = f"{_NAMESPACE}-{os.path.basename(path)}"
    return own if _SUB_ROOT.fullmatch(os.path.basename(path)) and own in namespaces else _NAMESPACE


def _denied(place: _Place, error: UnreadableError) -> Finding:
    path = printable(f"{place.path}/{FOLDER}/{FILE}")
    message = f"{path} {error}; images in it are not indexed, run as root to include them."
    return Finding(error.rule, _KIND, None, path, message)
