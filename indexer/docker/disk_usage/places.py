"""What each place below a Docker root and a containerd root is, so that every byte has an owner.

Sources: moby `daemon/daemon.go`, `layer/filestore.go`, `daemon/graphdriver`, `pkg/plugin/manager`,
`builder/builder-next`, `volume/local`; containerd `plugins/content/local`, `plugins/snapshots`;
stargz-snapshotter `service/service.go`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.files.folder import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from indexer.docker.disk_usage.tree import TreePath


class Place(NamedTuple):
    """A thing that takes bytes: its kind, and its name among those of the kind.

    `driver` is the graph driver or snapshotter that it is of, empty for none.
    """

    kind: str
    driver: str = ""
    name: str = ""


class _Pattern(NamedTuple):
    kind: str
    path: re.Pattern[str]


_Table = dict[int, tuple[_Pattern, ...]]

TOP: Final = Place("engine-file")
"""A root itself, and what all things in it share."""

SHARED: Final = frozenset({"engine-file", "driver-folder", "image-records"})
"""The kinds of folders in which there are things of other kinds."""

_DRIVERS: Final = "overlay2|fuse-overlayfs|vfs|btrfs|overlay|aufs|windowsfilter|zfs|devicemapper"
_ENGINE_FILES: Final = (
    "image|containers|volumes|plugins|buildkit|containerd|network|swarm|trust|policy|runtimes"
    r"|engine-id|credentialspecs|config|content|rootfs|tmp|tmp-old|builder|goroutine-stacks-.*\.log"
)
_BUILDKIT_FILES: Final = (
    r"(?:snapshots|containerdmeta|metadata|metadata_v2|cache|history|history_c8d)\.db(?:\.lock)?"
    "|content|executor|net|proxy|containerd-.*"
)
_WORDS: Final = (
    ("{any}", "[^/]+"),
    ("{name}", "(?P<name>[^/]+)"),
    ("{driver}", f"(?P<driver>{_DRIVERS})"),
    ("{part}", r"(?:\.tmp-[^/]*|[^/]*\.(?:tmp|bak))"),
    ("{log}", r"(?:[0-9a-f]+-json\.log|container-cached\.log)(?:\.\d+)?(?:\.gz)?"),
    ("{local-log}", r"container\.log(?:\.\d+)?(?:\.gz)?"),
    ("{algorithm}", "(?P<algorithm>[^/]+)"),
    ("{content}", r"io\.containerd\.content\.v1\.content"),
    ("{snapshotter}", r"io\.containerd\.snapshotter\.v1\.(?P<driver>[^/]+)"),
)
_DOCKER: Final = (
    ("part-written", "{part}"),
    ("part-written", "(?:swarm|volumes|buildkit|image)/{part}"),
    ("part-written", "(?:containers|volumes|image)/{any}/{part}"),
    ("part-written", "network/files/{part}"),
    ("part-written", "image/{any}/layerdb/{any}/{any}/{part}"),
    ("part-written", "image/{any}/imagedb/{any}/{any}/{part}"),
    ("part-written", "image/{any}/imagedb/{any}/{any}/{any}/{part}"),
    ("part-written", "image/{any}/distribution/{any}/{any}/{part}"),
    ("engine-file", f"(?:{_ENGINE_FILES})"),
    ("layer-write", "image/{driver}/layerdb/tmp/{name}"),
    ("layer-removal", "image/{driver}/layerdb/{any}/(?P<name>.+-removing)"),
    ("image-records", "image/{driver}"),
    ("part-written", "overlay/tmproot.*"),
    ("layer-removal", "(?P<driver>aufs)/mnt/(?P<name>.+-removing)"),
    ("devices", "(?P<driver>devicemapper)/devicemapper/(?:data|metadata)"),
    ("driver-folder", "{driver}"),
    ("former-store", r"(?:graph|repositories-.*|linkgraph\.db|\.migration-.*)"),
    ("container-log", "containers/{name}/{log}"),
    ("container-log", "containers/{name}/local-logs/{local-log}"),
    ("container", "containers/{name}"),
    ("engine-file", r"volumes/(?:metadata\.db|backingFsBlockDev)"),
    ("volume", "volumes/{name}"),
    ("build-blob", "buildkit/content/blobs/{algorithm}/{name}"),
    ("build-ingest", "buildkit/content/ingest/{name}"),
    ("temporary", "buildkit/(?:executor|net|proxy)/{name}"),
    ("engine-file", f"buildkit/(?:{_BUILDKIT_FILES})"),
    ("other", "buildkit/{name}"),
    ("temporary", "(?:tmp|tmp-old|builder)/{name}"),
    ("engine-file", "plugins/(?:storage|tmp)"),
    ("plugin", "plugins/{name}"),
    ("plugin", "plugins/tmp/{name}"),
    ("plugin", "plugins/storage/blobs/sha256/{name}"),
    ("plugin", "plugins/storage/ingest/{name}"),
    ("nested-root", r"(?P<name>[0-9]+\.[0-9]+)"),
    ("containerd-root", "containerd/daemon"),
    ("other", "{name}"),
)
_CONTAINERD: Final = (
    ("blob", "{content}/blobs/{algorithm}/{name}"),
    ("ingest", "{content}/ingest/{name}"),
    ("snapshot", "{snapshotter}/(?:snapshots|active|view)/{name}"),
    ("snapshot", "{snapshotter}/snapshotter/snapshots/{name}"),
    ("cache", "{snapshotter}/(?:stargz|httpcache|fscache)"),
    ("other-client", r"io\.containerd\.grpc\.v1\.cri"),
    ("engine-file", r"(?:io\.containerd\..*|tmpmounts|lib|opt|bin)"),
    ("other", "{name}"),
)


def _compiled(lines: Iterable[tuple[str, str]]) -> _Table:
    """The patterns of `lines`, in that order, by how many names a path that fits one has."""
    found: dict[int, list[_Pattern]] = {}
    for kind, line in lines:
        path = line
        for word, meaning in _WORDS:
            path = path.replace(word, meaning)
        found.setdefault(line.count("/"), []).append(_Pattern(kind, re.compile(path, re.DOTALL)))
    return {depth: tuple(patterns) for depth, patterns in found.items()}


_TABLES: Final[Mapping[str, _Table]] = {
    "docker": _compiled(_DOCKER),
    "containerd": _compiled(_CONTAINERD),
}


def place_of(table: str, path: TreePath, above: Place) -> Place:
    """What is at `path` below a root; what no line of the table fits belongs to what is `above`.

    `table` is docker or containerd. The first line that fits counts.
    """
    patterns = _TABLES[table].get(len(path) - 1)
    if patterns is None:
        return above
    joined = "/".join(path)
    for pattern in patterns:
        fit = pattern.path.fullmatch(joined)
        if fit is not None:
            return _named(pattern.kind, fit.groupdict())
    return above


def _named(kind: str, words: Mapping[str, str]) -> Place:
    name = words.get("name", "")
    if "algorithm" in words:
        name = f"{words['algorithm']}:{name}"
    return Place(kind, printable(words.get("driver", "")), printable(name))
