"""A Docker root that changes as with an engine. Each operation has a number."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Final

from tests.readers.encodings.bolt_writer import bolt_file
from tests.rootbuilder import BuiltContainer, BuiltImage, MountSpec, RootBuilder
from tests.rootbuilder.files import go_json, replace_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES: Final = ("app", "app", "db", "registry.example:5000/team/app")
SETTLE_SECONDS: Final = 0.06
"""After this time a change is old enough for its fingerprint to be trusted."""


class LivingRoot:
    """A root of overlay2, and sometimes of vfs too, with its present images and containers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = RootBuilder(path)
        self.images: list[BuiltImage] = []
        self.containers: list[BuiltContainer] = []
        self._count = 0

    def step(self, operation: int, choice: int) -> None:
        """Run the operation of this number on the object of this number, if there is one."""
        self._count += 1
        _OPERATIONS[operation % len(_OPERATIONS)](self, choice)

    def _pull(self, choice: int) -> None:
        base = self.images[choice % len(self.images)] if self.images and choice % 3 else None
        parent = base if choice % 2 else None
        name = f"{NAMES[choice % len(NAMES)]}:{choice % 3}"
        layers = [b"shared", b"%d" % (choice % 4)]
        env = [f"COUNT={self._count}"]
        labels = {"step": str(self._count)}
        self.images.append(
            self.root.image(layers, tag=name, base=base, parent=parent, env=env, labels=labels)
        )

    def _remove_image(self, choice: int) -> None:
        if self.images:
            self.root.remove_image(self.images.pop(choice % len(self.images)))

    def _tag(self, choice: int) -> None:
        if self.images:
            image = self.images[choice % len(self.images)]
            self.root.tag(image, f"{NAMES[choice % len(NAMES)]}:{choice % 5}")

    def _untag(self, choice: int) -> None:
        names = [name for image in self.images for name in self.root.references.of(image.image_id)]
        if names:
            self.root.untag(names[choice % len(names)])

    def _run(self, choice: int) -> None:
        if self.images:
            image = self.images[choice % len(self.images)]
            mounts = [MountSpec("/data", name=f"volume-{choice % 3}")]
            name = f"container-{self._count}"
            self.containers.append(
                self.root.container(
                    name, image, running=bool(choice % 2), mounts=mounts, image_name="app:1"
                )
            )

    def _remove_container(self, choice: int) -> None:
        if self.containers:
            self.root.remove_container(self.containers.pop(choice % len(self.containers)))

    def _rewrite_container(self, choice: int) -> None:
        if self.containers:
            path = self.containers[choice % len(self.containers)].directory / "config.v2.json"
            exit_code = f'"ExitCode":{self._count}'.encode()
            replace_file(path, path.read_bytes().replace(b'"ExitCode":0', exit_code))

    def _lose_host_config(self, choice: int) -> None:
        if self.containers:
            directory = self.containers[choice % len(self.containers)].directory
            (directory / "hostconfig.json").unlink(missing_ok=True)

    def _grow_log(self, choice: int) -> None:
        if self.containers:
            container = self.containers[choice % len(self.containers)]
            with open(container.directory / f"{container.container_id}-json.log", "ab") as log:
                log.write(b"x" * choice)

    def _volume(self, choice: int) -> None:
        options = {"type": "tmpfs", "o": f"size={self._count}"} if choice % 2 else None
        self.root.volume(f"volume-{choice % 3}", options)

    def _remove_volume(self, choice: int) -> None:
        shutil.rmtree(self.path / "volumes" / f"volume-{choice % 3}", ignore_errors=True)

    def _label_volumes(self, choice: int) -> None:
        entry = {"Name": "volume-1", "Driver": "local", "Labels": {"step": str(self._count)}}
        plugin = {"Name": "remote", "Driver": "nfs", "Labels": None, "Options": {"a": str(choice)}}
        volumes = {b"volume-1": go_json(entry), b"remote": go_json(plugin)}
        replace_file(self.path / "volumes/metadata.db", bolt_file({b"volumes": volumes}))

    def _learn_blob(self, choice: int) -> None:
        image = self.images[choice % len(self.images)] if self.images else None
        if image and image.diff_ids:
            diff_id = image.diff_ids[choice % len(image.diff_ids)]
            blob = f"sha256:{choice % 3:064x}"
            self.root.distribution(diff_id, blob, "docker.io/library/app", "e" * (choice % 2))

    def _forget_blob(self, choice: int) -> None:
        for path in sorted((self.root.store / "distribution").glob("*/sha256/*"))[choice % 3 :: 3]:
            path.unlink()

    def _break_blob(self, choice: int) -> None:
        for path in sorted((self.root.store / "distribution").glob("*/sha256/*"))[choice % 4 :: 4]:
            replace_file(path, b"broken")

    def _odd_image(self, choice: int) -> None:
        fields = {"history": [{"created_by": "one of two"}]}
        image = self.root.image([b"odd", b"%d" % choice], fields=fields)
        self.images.append(image)

    def _break_mount(self, choice: int) -> None:
        if self.containers:
            container = self.containers[choice % len(self.containers)]
            mount = self.root.layerdb.mount_path(container.container_id)
            replace_file(mount / "parent", b"broken")

    def _damage_image(self, choice: int) -> None:
        if self.images:
            image = self.images.pop(choice % len(self.images))
            replace_file(self.root.image_path(image.image_id), image.config + b" ")

    def _other_driver(self, choice: int) -> None:
        other = RootBuilder(self.path, "vfs")
        other.image([b"vfs", b"%d" % (choice % 2)], tag=f"app:{choice % 3}")

    def _remove_other_driver(self, _: int) -> None:
        for part in ("image/vfs", "vfs"):
            shutil.rmtree(self.path / part, ignore_errors=True)

    def _settle(self, _: int) -> None:
        time.sleep(SETTLE_SECONDS)


_OPERATIONS: Final[tuple[Callable[[LivingRoot, int], None], ...]] = (
    LivingRoot._pull,
    LivingRoot._pull,
    LivingRoot._remove_image,
    LivingRoot._tag,
    LivingRoot._untag,
    LivingRoot._run,
    LivingRoot._remove_container,
    LivingRoot._rewrite_container,
    LivingRoot._lose_host_config,
    LivingRoot._grow_log,
    LivingRoot._volume,
    LivingRoot._remove_volume,
    LivingRoot._label_volumes,
    LivingRoot._learn_blob,
    LivingRoot._forget_blob,
    LivingRoot._break_blob,
    LivingRoot._odd_image,
    LivingRoot._break_mount,
    LivingRoot._damage_image,
    LivingRoot._other_driver,
    LivingRoot._remove_other_driver,
    LivingRoot._settle,
    LivingRoot._settle,
)
