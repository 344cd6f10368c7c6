"""The builder: one image store of a Docker root, with the containers and volumes beside it."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.rootbuilder import containers
from tests.rootbuilder.drivers import open_driver
from tests.rootbuilder.files import (
    NO_FILES,
    go_json,
    make_directory,
    replace_file,
    write_file,
)
from tests.rootbuilder.images import ImageSettings, image_config
from tests.rootbuilder.layerdb import LayerDb, Placed
from tests.rootbuilder.layers import LayerSpec, chain_id, digest, layer
from tests.rootbuilder.references import ReferenceStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.rootbuilder.containers import MountSpec
    from tests.rootbuilder.files import Files

_FIRST_TIME: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
_MAX_SOURCES: Final = 50
_NO_FIELDS: Final[Mapping[str, Any]] = MappingProxyType({})


class BuiltImage(NamedTuple):
    """An image in the root: its config as bytes, and its layers bottom first."""

    image_id: str
    config: bytes
    diff_ids: tuple[str, ...]
    chain_ids: tuple[str, ...]
    cache_ids: tuple[str, ...]

    @property
    def top(self) -> Placed | None:
        """The top layer, None for an image without layers."""
        return Placed(self.chain_ids[-1], self.cache_ids[-1]) if self.chain_ids else None


class BuiltContainer(NamedTuple):
    """A container in the root; `directory` is its folder under `containers`."""

    container_id: str
    mount_id: str
    directory: Path

    @property
    def init_id(self) -> str:
        """The name of the directory between the image and the writable layer."""
        return f"{self.mount_id}-init"


class RootBuilder:
    """Writes the store of one graph driver into a Docker root, in the engine's order.

    Several builders may share a `path`: one for each driver, or one after another for the same
    store, which go on where the former ended. IDs follow from `seed` and from what they name;
    times advance by a minute at every step.
    """

    def __init__(self, path: Path, driver: str = "overlay2", seed: str = "") -> None:
        self.path = path
        self.driver_name = driver
        make_directory(path, 0o710)
        self.store = make_directory(path / "image" / driver, 0o700)
        for part in ("imagedb/content/sha256", "imagedb/metadata/sha256", "distribution"):
            make_directory(self.store / part, 0o700)
        for part, mode in (("containers", 0o710), ("volumes", 0o701), ("tmp", 0o700)):
            make_directory(path / part, mode)
        self.driver = open_driver(path, driver)
        self.layerdb = LayerDb(self.store / "layerdb", self.driver, self.new_id)
        self.references = ReferenceStore(self.store / "repositories.json")
        self._seed = seed
        self._steps = 0

    def new_id(self, *words: str) -> str:
        """Give 64 hex digits that stand for `words` in this store."""
        text = "/".join((self._seed, self.driver_name, *words))
        return hashlib.sha256(text.encode()).hexdigest()

    def image_path(self, image_id: str) -> Path:
        """Give the config file of `image_id`."""
        return self.store / "imagedb/content/sha256" / image_id.removeprefix("sha256:")

    def metadata_path(self, image_id: str) -> Path:
        """Give the directory of `parent` and `lastUpdated` of `image_id`, which may not exist."""
        return self.store / "imagedb/metadata/sha256" / image_id.removeprefix("sha256:")

    def image(
        self,
        layers: Sequence[bytes | LayerSpec] = (),
        *,
        tag: str | None = None,
        base: BuiltImage | None = None,
        labels: Mapping[str, str] = _NO_FIELDS,
        env: Sequence[str] = (),
        exposed_ports: Sequence[str] = (),
        cmd: Sequence[str] = ("sh",),
        created: str | None = None,
        parent: BuiltImage | None = None,
        built_locally: bool = False,
        fields: Mapping[str, Any] = _NO_FIELDS,
    ) -> BuiltImage:
        """Add an image of `layers` on those of `base`, tagged as a pull would.

        Bytes are a layer of one file with this content. `created` is RFC 3339 text, `parent` the
        image that the classic builder remembers; `fields` replaces top-level keys of the config,
        such as `history` or `architecture`.
        """
        specs = [part if isinstance(part, LayerSpec) else layer({"data": part}) for part in layers]
        below = json.loads(base.config) if base else None
        settings = ImageSettings(labels, env, exposed_ports, cmd)
        document = image_config(below, specs, settings, created or self._now())
        placed = list(_layers_of(base))
        for spec in specs:
            placed.append(self.layerdb.register(placed[-1] if placed else None, spec))
        built = _built(go_json(document | dict(fields)), document["rootfs"]["diff_ids"], placed)
        replace_file(self.image_path(built.image_id), built.config)
        if parent:
            self._set_metadata(built.image_id, "parent", parent.image_id.encode())
        if built_locally:
            self._set_metadata(built.image_id, "builtLocally", b"\x01")
        if tag:
            self.references.add(tag, built.image_id)
        return built

    def load(self, image_id: str) -> BuiltImage:
        """Read an image back from the root, also one that another builder wrote.

        Raises `FileNotFoundError` where its config or one of its layers is missing.
        """
        config = self.image_path(image_id).read_bytes()
        diff_ids = _diff_ids(config)
        return _built(
            config, diff_ids, [self.layerdb.find(chain) for chain in _chain_ids(diff_ids)]
        )

    def tag(self, image: BuiltImage, reference: str) -> None:
        """Tag `image` as `docker tag` does, which also writes `lastUpdated`."""
        self.references.add(reference, image.image_id)
        self._set_metadata(image.image_id, "lastUpdated", self._now().encode())

    def digest_reference(self, image: BuiltImage, reference: str) -> None:
        """Add a reference `name@sha256:…`, which a pull or a push leaves."""
        self.references.add(reference, image.image_id)

    def untag(self, reference: str) -> None:
        """Remove a tag or a digest reference; the image stays. Raises `KeyError`."""
        self.references.remove(reference)

    def one_save(self) -> AbstractContextManager[None]:
        """Write `repositories.json` once at the end of the block: for thousands of images."""
        return self.references.one_save()

    def remove_image(self, image: BuiltImage) -> None:
        """Remove `image`, its references, and the layers that nothing else stands on."""
        self.references.remove(*self.references.of(image.image_id))
        shutil.rmtree(self.metadata_path(image.image_id), ignore_errors=True)
        for parent in (self.store / "imagedb/metadata/sha256").glob("*/parent"):
            if parent.read_text() == image.image_id:
                parent.unlink()
        self.image_path(image.image_id).unlink()
        self.layerdb.release(reversed(image.chain_ids), self._top_chains())

    def distribution(self, diff_id: str, blob: str, repository: str, hmac: str = "") -> None:
        """Map the compressed blob digest `blob` of `repository` to `diff_id`, and back.

        `repository` is a full name such as `docker.io/library/nginx`; a push leaves an `hmac`.
        """
        path = self.store / "distribution/v2metadata-by-diffid" / diff_id.replace(":", "/")
        entry = {"Digest": blob, "SourceRepository": repository, "HMAC": hmac}
        known = json.loads(path.read_bytes()) if path.exists() else []
        sources = [*(old for old in known if old != entry), entry][-_MAX_SOURCES:]
        make_directory(path.parent)
        replace_file(path, go_json(sources), 0o644)
        back = self.store / "distribution/diffid-by-digest" / blob.replace(":", "/")
        make_directory(back.parent)
        replace_file(back, diff_id.encode(), 0o644)

    def container(
        self,
        name: str,
        image: BuiltImage,
        *,
        running: bool = False,
        started: bool = True,
        exit_code: int = 0,
        mounts: Sequence[MountSpec] = (),
        image_name: str | None = None,
        files: Files = NO_FILES,
        log: Sequence[str] = (),
        fields: Mapping[str, Any] = _NO_FIELDS,
        host_fields: Mapping[str, Any] = _NO_FIELDS,
    ) -> BuiltContainer:
        """Add a container that runs, has ended with `exit_code`, or never `started`.

        `image_name` is the image as typed, by default its ID; `files` is what the container wrote;
        `fields` and `host_fields` replace top-level keys of its two JSON documents.
        """
        container_id = self.new_id("container", name)
        mount_id = self.layerdb.mount(container_id, image.top, files, mounted=running)
        life = self._life(running=running, started=started, exit_code=exit_code)
        named = (image.image_id, image_name or image.image_id)
        config = containers.container_config(container_id, name, self.driver_name, named, life)
        config |= {"MountPoints": containers.mount_points(mounts), **fields}
        host = containers.host_config(mounts) | dict(host_fields)
        directory = make_directory(self.path / "containers" / container_id, 0o710)
        replace_file(directory / "hostconfig.json", go_json(host) + b"\n")
        replace_file(directory / "config.v2.json", go_json(config) + b"\n")
        if life.started:
            written = containers.log_lines(log, life.started)
            write_file(directory / f"{container_id}-json.log", written, 0o640)
            write_file(directory / "hostname", f"{container_id[:12]}\n".encode())
            write_file(directory / "hosts", b"127.0.0.1\tlocalhost\n")
        return BuiltContainer(container_id, mount_id, directory)

    def remove_container(self, container: BuiltContainer) -> None:
        """Remove `container` and its writable layer; its volumes and its image stay."""
        self.layerdb.unmount(container.container_id)
        shutil.rmtree(container.directory)

    def volume(self, name: str, options: Mapping[str, str] | None = None) -> Path:
        """Add a local volume and give its directory; `options` are `type`, `o` and `device`."""
        directory = make_directory(self.path / "volumes" / name, 0o701)
        make_directory(directory / "_data")
        if options:
            document = {
                "MountType": options.get("type", ""),
                "MountOpts": options.get("o", ""),
                "MountDevice": options.get("device", ""),
                "Quota": {"Size": 0},
            }
            replace_file(directory / "opts.json", go_json(document))
        return directory

    def engine_id(self, text: str | None = None) -> str:
        """Write `text`, by default a UUID, as the engine's ID, and give it."""
        digits = self.new_id("engine")
        uuid = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"
        replace_file(self.path / "engine-id", (text or uuid).encode())
        return text or uuid

    def _now(self) -> str:
        self._steps += 1
        return f"{_FIRST_TIME + timedelta(minutes=self._steps):%Y-%m-%dT%H:%M:%S}.123456789Z"

    def _life(self, *, running: bool, started: bool, exit_code: int) -> containers.Life:
        created = self._now()
        if not (started or running):
            return containers.Life(created, exit_code=exit_code)
        return containers.Life(created, self._now(), None if running else self._now(), exit_code)

    def _set_metadata(self, image_id: str, key: str, value: bytes) -> None:
        replace_file(make_directory(self.metadata_path(image_id), 0o700) / key, value)

    def _top_chains(self) -> Iterator[str]:
        for path in (self.store / "imagedb/content/sha256").iterdir():
            yield from _chain_ids(_diff_ids(path.read_bytes()))[-1:]


def _built(config: bytes, diff_ids: Sequence[str], placed: Sequence[Placed]) -> BuiltImage:
    chains = tuple(layer.chain_id for layer in placed)
    caches = tuple(layer.cache_id for layer in placed)
    return BuiltImage(digest(config), config, tuple(diff_ids), chains, caches)


def _layers_of(image: BuiltImage | None) -> Iterator[Placed]:
    if image:
        yield from map(Placed, image.chain_ids, image.cache_ids)


def _diff_ids(config: bytes) -> list[str]:
    return list(json.loads(config)["rootfs"]["diff_ids"] or ())


def _chain_ids(diff_ids: Sequence[str]) -> list[str]:
    chains: list[str] = []
    for diff_id in diff_ids:
        chains.append(chain_id(chains[-1] if chains else None, diff_id))
    return chains
