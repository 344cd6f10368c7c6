"""What an engine says of itself, asked live or read back from a folder, in one shape for both."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engine.harness.dockerd import Engine

Record = dict[str, Any]

_FILES = {
    "images": "api-images.json",
    "images_noall": "api-images-noall.json",
    "images_dangling": "api-images-dangling.json",
    "image_inspect": "api-image-inspect.json",
    "image_history": "api-image-history.json",
    "containers": "api-containers.json",
    "container_inspect": "api-container-inspect.json",
    "volumes": "api-volumes.json",
    "volume_inspect": "api-volume-inspect.json",
    "networks": "api-networks.json",
    "df": "api-df.json",
    "df_verbose": "api-df-verbose.json",
    "info": "api-info.json",
    "version": "api-version.json",
}


@dataclass(frozen=True, slots=True)
class Answers:
    """One engine's answers at one moment, as parsed JSON in the field names of its API.

    `images` is `/images/json` with all images, `images_noall` without intermediate ones; both
    hold -1 as `SharedSize` before 23.0 (API 1.42), which does not know the parameter. The
    inspect and history mappings are by image ID, container ID and volume name; containers come
    with `SizeRw` (absent for 0) and `SizeRootFs`. `df` is `/system/df`.
    """

    images: list[Record]
    images_noall: list[Record]
    images_dangling: list[Record]
    image_inspect: dict[str, Record]
    image_history: dict[str, list[Record]]
    containers: list[Record]
    container_inspect: dict[str, Record]
    volumes: list[Record]
    volume_inspect: dict[str, Record]
    networks: list[Record]
    df: Record
    df_verbose: Record
    info: Record
    version: Record

    @classmethod
    def from_engine(cls, engine: Engine) -> Self:
        """Ask a running engine; raises `ApiError`."""
        get = engine.api.get
        images = get("/images/json?all=1&shared-size=1")
        containers = get("/containers/json?all=1&size=1")
        volumes = get("/volumes")["Volumes"] or []
        image_ids = [image["Id"] for image in images]
        container_ids = [container["Id"] for container in containers]
        return cls(
            images=images,
            images_noall=get("/images/json?shared-size=1"),
            images_dangling=get(f"/images/json?filters={quote(json.dumps(_DANGLING))}"),
            image_inspect=_each(get, image_ids, "/images/{}/json"),
            image_history=_each(get, image_ids, "/images/{}/history"),
            containers=containers,
            container_inspect=_each(get, container_ids, "/containers/{}/json?size=1"),
            volumes=volumes,
            volume_inspect=_each(get, [volume["Name"] for volume in volumes], "/volumes/{}"),
            networks=get("/networks"),
            df=get("/system/df"),
            df_verbose=get("/system/df?verbose=1"),
            info=get("/info"),
            version=get("/version"),
        )

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Read what `save` wrote, or a folder of the same layout from another capture.

        Raises `OSError` for a missing file and `ValueError` for one that is not JSON.
        """
        read = {field: json.loads((folder / name).read_text()) for field, name in _FILES.items()}
        read["volumes"] = read["volumes"]["Volumes"] or []
        # Captures of 28.0 and later also hold each image's manifests, under "<id>#manifests".
        inspected = read["image_inspect"].items()
        read["image_inspect"] = {key: image for key, image in inspected if "#" not in key}
        return cls(**read)

    def save(self, folder: Path) -> None:
        """Write one JSON file for each answer into `folder`, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        for field, name in _FILES.items():
            answer = getattr(self, field)
            if field == "volumes":
                answer = {"Volumes": answer, "Warnings": None}
            (folder / name).write_text(json.dumps(answer, indent=1, sort_keys=True))

    @property
    def engine_version(self) -> tuple[int, ...]:
        """The engine's version as numbers, `(20, 10, 24)` for `20.10.24+dfsg1`."""
        numbers = self.version["Version"].partition("+")[0].split(".")
        return tuple(int(number) for number in numbers)

    @property
    def driver(self) -> str:
        """The storage driver or, with the containerd store, the snapshotter."""
        return str(self.info["Driver"])

    @property
    def has_containerd_store(self) -> bool:
        """Whether images are in containerd, so that an image's ID is its target's digest."""
        return ["driver-type", _SNAPSHOTTER] in (self.info["DriverStatus"] or [])

    @property
    def data_root(self) -> str:
        """The data root as the engine that answered saw it: what mount points begin with."""
        return str(self.info["DockerRootDir"])

    @property
    def df_images(self) -> list[Record]:
        """The images of `/system/df`: those of `images_noall`, with `SharedSize` and `Containers`.

        Which other images make a layer shared depends on the version: all of them since 23.0,
        and only the ones listed here before.
        """
        return self._used("Images")

    @property
    def df_containers(self) -> list[Record]:
        """The containers of `/system/df`, all of them."""
        return self._used("Containers")

    @property
    def df_volumes(self) -> list[Record]:
        """The volumes of `/system/df` with `UsageData`; local ones with options are not in it."""
        return self._used("Volumes")

    @property
    def df_build_cache(self) -> list[Record]:
        """The build cache of `/system/df`, asked for twice.

        The first question makes the engine count what it has not counted, and by that use it.
        """
        # 29 answers a verbose question (API 1.52) without the lists that it had before.
        usage = self.df_verbose.get("BuildCacheUsage", {})
        records: list[Record] | None = self.df_verbose.get("BuildCache", usage.get("Items"))
        return records or []

    @property
    def layers_size(self) -> int:
        """Bytes of all layers that a listed image uses, each counted once.

        With the containerd store, bytes of all that images have, packed and unpacked.
        """
        return int(self.df["LayersSize"])

    def _used(self, kind: str) -> list[Record]:
        used: list[Record] | None = self.df[kind]
        return used or []


_SNAPSHOTTER = "io.containerd.snapshotter.v1"
_DANGLING = {"dangling": ["true"]}


def _each(get: Callable[[str], Any], names: list[str], path: str) -> dict[str, Any]:
    return {name: get(path.format(quote(name))) for name in names}
