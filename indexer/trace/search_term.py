"""Parses what a user searches for: an ID or its beginning, a name, or a path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.trace.roots import locate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from indexer.trace.roots import KnownRoot

_DIGEST: Final = re.compile(r"(sha256:)?([0-9a-f]{4,64})")
_ALGORITHM: Final = "sha256:"
_FULL_LENGTH: Final = 64
_BUILD_ID: Final = re.compile(r"[0-9a-z]{4,24}")
_LINK: Final = re.compile(r"(?:l/)?([A-Z2-7]{26})")
_LOG: Final = re.compile(r"([0-9a-f]{64})-json\.log(?:\.\d+)?(?:\.gz)?")
_TAGGED_DIGEST: Final = re.compile(r"([^@]+?):[\w.-]+@(sha256:[0-9a-f]{64})")
_AFTER_ALL: Final = "~"
"""Sorts after every character of an ID, and so ends the range of the IDs with a given prefix."""

_ANY_DIGEST: Final = frozenset(
    {"image", "layer", "blob", "manifest", "leftover", "other-namespace"}
)
_DIRECTORY: Final = frozenset({"layer", "directory", "build-cache", "snapshot", "other-namespace"})
_LEFTOVER: Final = frozenset({"leftover"})
_OVERLAYS: Final = "overlay2|fuse-overlayfs|overlay|windowsfilter|graph"
_OTHERS: Final = "vfs(?=/dir/)|btrfs(?=/sub)|zfs(?=/graph/)|aufs(?=/[dlm])|devicemapper(?=/m)"
_BELOW: Final = "(?:dir|subvolumes|graph|diff|layers|mnt|metadata)"
_NAMES: Final = "[0-9a-z]{25,64}(?:-init|-removing)?"
_CONTAINERD: Final = r"(?:/(?:desktop-)?containerd/daemon)?/io\.containerd\."
_CONTENT: Final = rf"{_CONTAINERD}content\.v1\.content"
_SNAPSHOTTER: Final = rf"{_CONTAINERD}snapshotter\.v1\.(?P<driver>[a-z0-9-]+)"
_STORE: Final = r"(?:image/(?P<driver>[a-z0-9-]+)/)?"
_PLACES: Final = tuple(
    (re.compile(pattern), kinds)
    for pattern, kinds in (
        (rf"/(?P<driver>{_OVERLAYS})/l/(?P<name>[A-Z2-7]{{26}})(?![^/])", _DIRECTORY),
        (
            rf"/(?P<driver>{_OVERLAYS}|{_OTHERS})(?:/{_BELOW})?/(?P<name>{_NAMES})(?![^/])",
            _DIRECTORY,
        ),
        (rf"/{_STORE}layerdb/sha256/(?P<name>[0-9a-f]{{64}}-[0-9a-f]{{64}}-removing)", _LEFTOVER),
        (rf"/{_STORE}layerdb/sha256/(?P<digest>[0-9a-f]{{64}})(?![^/])", frozenset({"layer"})),
        (rf"/{_STORE}layerdb/mounts/(?P<name>[^/]+)", frozenset({"container", "mount"})),
        (rf"/{_STORE}layerdb/tmp/(?P<name>[^/]+)", _LEFTOVER),
        (
            rf"/{_STORE}imagedb/(?:content|metadata)/sha256/(?P<digest>[0-9a-f]{{64}})(?![^/])",
            frozenset({"image"}),
        ),
        (
            rf"/{_STORE}distribution/[a-z0-9-]+/sha256/(?P<digest>[0-9a-f]{{64}})(?![^/])",
            _ANY_DIGEST,
        ),
        (
            rf"{_CONTENT}/blobs/sha256/(?P<digest>[0-9a-f]{{64}})(?![^/])",
            _ANY_DIGEST,
        ),
        (rf"{_CONTENT}/(?P<name>ingest/[^/]+)", _LEFTOVER),
        (
            rf"{_SNAPSHOTTER}/(?:snapshotter/)?(?:snapshots|active|view)/(?P<name>[^/]+)",
            _DIRECTORY,
        ),
        (r"/containers/(?P<name>[0-9a-f]{64})(?![^/])", frozenset({"container", "mount"})),
        (r"/volumes/(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]*)", frozenset({"volume"})),
    )
)
_FILES: Final = re.compile(r"/(?:diff|fs|root|Files|_data)(/.*)")


class SearchTerm(NamedTuple):
    """One interpretation of what a user searches for.

    `names` is a range of names (first, last), and `digests` is a range of digests with their
    algorithm; first and last are equal for an exact name, and None means that the text cannot be
    such a name. `whole` is True for an exact name. Only objects of `kinds`, in stores of `driver`
    and in the roots `root_ids` match; None allows all.

    `paths` are candidates for a path relative to a Docker root, the longest first. `inner_path` is
    the path inside the files of a layer or volume, or inside the folder of a container, None for
    none. `reported` searches the problems for `paths` that no known object has.
    """

    names: tuple[str, str] | None
    digests: tuple[str, str] | None = None
    whole: bool = True
    kinds: frozenset[str] | None = None
    driver: str | None = None
    root_ids: frozenset[str] | None = None
    paths: tuple[str, ...] = ()
    inner_path: str | None = None
    reported: bool = False


def parse_search_term(text: str, roots: Iterable[KnownRoot]) -> Iterator[SearchTerm]:
    """The interpretations of `text`, the most likely first.

    It can be an absolute path in one of `roots`, a path relative to a root, a digest or its prefix,
    a short link, or a name.
    """
    text = text.strip()
    paths = list(_path_terms(text, tuple(roots))) if "/" in text else []
    yield from paths
    if (log := _LOG.fullmatch(text)) is not None:
        kinds = frozenset({"container", "mount"})
        yield SearchTerm((log[1], log[1]), kinds=kinds, inner_path=f"/{text}")
    yield _name_term(text)
    if (both := _TAGGED_DIGEST.fullmatch(text)) is not None:
        # The engine ignores the tag of a reference that also has a digest.
        yield _exact_name(f"{both[1]}@{both[2]}")
    # Problems mention names of images too, so search them only after the images.
    for it in (*paths, SearchTerm(None, paths=(text,))):
        if it.names is None and it.digests is None:
            yield it._replace(reported=True)


def _exact_name(name: str) -> SearchTerm:
    return SearchTerm((name, name))


def _name_term(text: str) -> SearchTerm:
    if (digest := _DIGEST.fullmatch(text)) is not None:
        whole = len(digest[2]) == _FULL_LENGTH
        more = "" if whole else _AFTER_ALL
        names = None if digest[1] else (digest[2], digest[2] + more)
        given = _ALGORITHM + digest[2]
        return SearchTerm(names, (given, given + more), whole)
    if (link := _LINK.fullmatch(text)) is not None:
        return _exact_name(link[1])
    # A short name can also be the beginning of a BuildKit ID, which has 25 digits and letters.
    whole = _BUILD_ID.fullmatch(text) is None
    return SearchTerm((text, text if whole else text + _AFTER_ALL), None, whole)


def _path_terms(text: str, roots: tuple[KnownRoot, ...]) -> Iterator[SearchTerm]:
    """The interpretations of a path: first the object at the path, then the folders around it."""
    path = f"/{text.strip('/')}"
    places = locate(path, roots) if text.startswith("/") else ()
    for place in places:
        yield from _terms_at(place.rest, anchored=True, root_ids=place.root_ids)
    if not places:
        yield from _terms_at(path, anchored=not text.startswith("/"), root_ids=None)
        if not text.startswith("/"):
            yield from _terms_at(path, anchored=False, root_ids=None)


def _terms_at(
    path: str, *, anchored: bool, root_ids: frozenset[str] | None
) -> Iterator[SearchTerm]:
    for found, kinds in _matches(path, anchored=anchored):
        groups = found.groupdict()
        name, digest = groups.get("name"), groups.get("digest")
        files = _FILES.match(path, found.end())
        # For a file in a container's folder, such as the log, the inner path is the whole rest.
        inside = path[found.end() :] if "container" in kinds else None
        yield SearchTerm(
            None if name is None else (name, name),
            None if digest is None else (_ALGORITHM + digest, _ALGORITHM + digest),
            kinds=kinds,
            driver=groups.get("driver"),
            root_ids=root_ids,
            paths=(path[1:],),
            inner_path=files[1] if files else inside or None,
        )
    starts = [path] if anchored else _suffixes(path)
    folders = tuple(part for start in starts for part in _ancestors(start))
    yield SearchTerm(None, root_ids=root_ids, paths=folders)


def _matches(path: str, *, anchored: bool) -> list[tuple[re.Match[str], frozenset[str]]]:
    """The known places in `path` with the kinds of objects there, the outermost first."""
    found = [
        (match, kinds)
        for pattern, kinds in _PLACES
        if (match := pattern.match(path) if anchored else pattern.search(path)) is not None
    ]
    return sorted(found, key=lambda pair: pair[0].start())


def _suffixes(path: str) -> list[str]:
    parts = path.split("/")[1:]
    return ["/" + "/".join(parts[start:]) for start in range(len(parts))]


def _ancestors(path: str) -> Iterator[str]:
    parts = path.split("/")[1:]
    for end in range(len(parts), 0, -1):
        yield "/".join(parts[:end])
