"""Files and folders of a Docker root that are not an image, layer, container or volume.

Source: moby `daemon/daemon.go` (`prepareTempDir`), `daemon/pkg/plugin/{manager,store}.go`,
`daemon/id.go`, `daemon/image/image_store.go`, `builder/builder-next`, `volume/service/db.go`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings import gojson
from indexer.docker.encodings.digests import is_hex64
from indexer.docker.encodings.times import utc_of_file
from indexer.docker.files.folder import GoneError, UnreadableError, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from indexer.docker.files.folder import Folder

_PLUGIN_LIMIT: Final = 4 << 20
_SCRATCH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tmp": "a temporary file of the engine; the next start of the engine removes it",
        "tmp-old": "a temporary file of a former run of the engine; if the engine does not remove "
        "it soon after a start, nothing does",
        "builder": "a build context of the classic builder of 17.07 to 19.03; no later engine "
        "removes it",
    }
)
_PURPOSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # The engine names its temporary files so that their beginning tells which code made them.
        "GetImageBlob": "layer that was being pulled",
        "docker-builder": "build context of the classic builder",
        "docker-build-git": "Git repository that was being built",
        "docker-remote": "remote build context",
        "docker-import-": "archive that `docker load` was reading",
        "docker-export-": "archive that `docker save` was making",
        "docker-tarsplit": "list of the files of a layer that was being read",
        "rootfs-mount": "place where the engine mounts an image",
        "dockerdtemp.": "log that was being unpacked",
    }
)
_CONTENT: Final = ("buildkit", "content", "blobs", "sha256")
_FILES: Final[Mapping[tuple[str, ...], str]] = MappingProxyType(
    {
        ("engine-id",): "the engine's own ID",
        ("image", "identity-cache.db"): "the engine's cache of who signed images",
        ("network", "files", "local-kv.db"): "the engine's networks and endpoints",
        ("volumes", "metadata.db"): "labels of the volumes, and the volumes of plugins",
        ("buildkit", "cache.db"): "the results of build steps (BuildKit)",
        ("buildkit", "metadata_v2.db"): "the records of the build cache (BuildKit)",
        ("buildkit", "snapshots.db"): "the directories of the build cache (BuildKit)",
        ("buildkit", "containerdmeta.db"): "leases and blobs of the build cache (BuildKit)",
        ("buildkit", "history.db"): "the records of past builds (BuildKit)",
        ("buildkit", "history_c8d.db"): "the records of past builds (BuildKit)",
        ("swarm", "docker-state.json"): "the settings of this node of a swarm",
    }
)
_NAMES: Final = "the names of the images of this store: tags and digest references"
_BLOB: Final = "a blob of a plugin; `docker plugin rm` of the last plugin with it removes it"
_BUILD_BLOB: Final = (
    "a blob of BuildKit: part of the build cache, or a log or provenance in the history of builds"
)
_LEFT: Final = "the remains of a plugin; neither a command nor a start of the engine removes them"
_NO_CONFIG: Final = (
    "the folder of a container whose config.v2.json is missing or damaged; the engine does not "
    "show the container"
)


class OtherFile(NamedTuple):
    """A file or folder and a description of it.

    `path` is relative to the Docker root. `kind` is temporary, plugin, plugin-blob, plugin-left,
    build-blob, container-folder, image-names or engine-file. `name` is the last part of the path,
    which is the ID of a plugin or blob. `label` is the name that users know it by, None if it has
    none. `about` is the description. `modified_at` is UTC text, None if out of range.
    """

    path: str
    kind: str
    name: str
    label: str | None
    about: str
    modified_at: str | None


def read_other_files(
    root: Folder, drivers: Iterable[str], with_config: Iterable[str], containers: Iterable[str]
) -> tuple[OtherFile, ...]:
    """The other files of the Docker root `root`, which has stores of `drivers`.

    `containers` are the names of all container folders, and `with_config` those of them whose
    config could be read. What does not exist or cannot be read is left out; nothing is raised.
    """
    files = {it.path: it for it in _all(root, drivers)}
    for name in sorted(set(containers) - set(with_config)):
        if (it := _file(root, ("containers", name), "container-folder", _NO_CONFIG)) is not None:
            files[it.path] = it
    return tuple(files.values())


def _all(root: Folder, drivers: Iterable[str]) -> Iterator[OtherFile]:
    for folder, what in _SCRATCH.items():
        for name in _names(root, (folder,)):
            yield from _some(_file(root, (folder, name), "temporary", _scratch(name, what)))
    for driver in drivers:
        names = ("image", driver, "repositories.json")
        yield from _some(_file(root, names, "image-names", _NAMES))
    for path, about in _FILES.items():
        yield from _some(_file(root, path, "engine-file", about))
    for name in _names(root, _CONTENT):
        yield from _some(_file(root, (*_CONTENT, name), "build-blob", _BUILD_BLOB))
    yield from _plugins(root)


def _scratch(name: str, what: str) -> str:
    purpose = next((text for start, text in _PURPOSES.items() if name.startswith(start)), None)
    return what if purpose is None else f"{purpose}: {what}"


def _plugins(root: Folder) -> Iterator[OtherFile]:
    for name in _names(root, ("plugins",)):
        # These two hold the blobs of all plugins and unfinished pulls; the others are plugins.
        if name not in ("storage", "tmp"):
            yield from _some(_plugin(root, name))
    for place in (("storage", "blobs", "sha256"), ("storage", "ingest"), ("tmp",)):
        kind, about = ("plugin-blob", _BLOB) if "blobs" in place else ("plugin-left", _LEFT)
        for name in _names(root, ("plugins", *place)):
            yield from _some(_file(root, ("plugins", *place, name), kind, about))


def _plugin(root: Folder, name: str) -> OtherFile | None:
    """A plugin or its remains: a folder that is being removed or has no config.

    The engine renames a plugin to another name before it deletes it (`<id>-removing`).
    """
    path = ("plugins", name)
    if not is_hex64(name):
        return _file(root, path, "plugin-left", _LEFT)
    try:
        with root.descend(*path) as folder:
            source = gojson.decode_object(folder.read("config.json", _PLUGIN_LIMIT))
            label = gojson.text(gojson.table(source, "plugin"), "Name")
    except (GoneError, UnreadableError):
        return _file(root, path, "plugin-left", _LEFT)
    except gojson.JsonError:
        return _file(root, path, "plugin", "a plugin whose config.json cannot be read")
    plugin = _file(root, path, "plugin", "a plugin; `docker plugin rm` removes it")
    return None if plugin is None else plugin._replace(label=label)


def _file(root: Folder, path: tuple[str, ...], kind: str, about: str) -> OtherFile | None:
    """The file or folder at `path`; None if it does not exist or cannot be read."""
    *folders, name = path
    try:
        if folders:
            with root.descend(*folders) as folder:
                modified_at = utc_of_file(folder.entry(name).modified_ns)
        else:
            modified_at = utc_of_file(root.entry(name).modified_ns)
    except (GoneError, UnreadableError):
        return None
    shown = printable("/".join(path))
    return OtherFile(shown, kind, printable(name), None, about, modified_at)


def _some(file: OtherFile | None) -> Iterator[OtherFile]:
    if file is not None:
        yield file


def _names(root: Folder, path: tuple[str, ...]) -> list[str]:
    """The names in the folder at `path`, none if it does not exist or cannot be listed."""
    try:
        with root.descend(*path) as folder:
            return sorted(folder.kinds())
    except (GoneError, UnreadableError):
        return []
