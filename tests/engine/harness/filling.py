"""The tools that make one case after the other in an engine, and the record of what was made."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from tests.engine.harness import archives

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.engine.harness.dockerd import Engine
    from tests.engine.harness.registry import Registry


class Filled(NamedTuple):
    """What `fill` made, by the name of the case.

    `images` and `containers` hold full ids (images with `sha256:`), `volumes` names, `digests`
    manifest digests or, for `recompressed-blob`, a blob digest. What was removed again is in
    `gone` (ids and volume names) and in none of the others.
    """

    images: Mapping[str, str]
    containers: Mapping[str, str]
    volumes: Mapping[str, str]
    digests: Mapping[str, str]
    gone: Mapping[str, str]


class Filling:
    """An engine being filled: makes an object, remembers it under the name of its case."""

    def __init__(self, engine: Engine, registry: Registry, folder: Path) -> None:
        """Take a running engine and registry, and a folder for build contexts and archives."""
        self.engine = engine
        self.registry = registry
        self.folder = folder
        self.images: dict[str, str] = {}
        self.containers: dict[str, str] = {}
        self.volumes: dict[str, str] = {}
        self.digests: dict[str, str] = {}
        self.gone: dict[str, str] = {}

    def filled(self) -> Filled:
        """Give the record of what was made so far."""
        made = (self.images, self.containers, self.volumes, self.digests, self.gone)
        return Filled(*(MappingProxyType(dict(part)) for part in made))

    def docker(self, *arguments: str, data: bytes | None = None) -> str:
        """Run a docker command on the engine; see `Engine.docker`."""
        return self.engine.docker(*arguments, data=data)

    def keep_image(self, case: str, reference: str) -> str:
        """Remember the image that `reference` names now, and give its id."""
        self.images[case] = self.docker("image", "inspect", "--format", "{{.Id}}", reference)
        return self.images[case]

    def remote(self, name: str) -> str:
        """Give the name under which `name` is in the registry."""
        return f"{self.registry.name}/{name}"

    def build(
        self,
        tag: str,
        dockerfile: str,
        *options: str,
        files: Mapping[str, bytes] | None = None,
        buildkit: bool = False,
    ) -> None:
        """Build an image from a context of `files`; `options` are of `docker build`."""
        context = {"Dockerfile": dockerfile.encode()} | dict(files or {})
        self.engine.docker(
            *("build", "--network", "none", "--tag", tag, *options, "-"),
            buildkit=buildkit,
            data=archives.layer(context),
        )

    def load(self, case: str, tag: str, config: bytes, layers: list[bytes]) -> None:
        """Load an image made by hand."""
        self.docker("load", data=archives.image_archive(config, layers, tag))
        self.keep_image(case, tag)

    def push(self, tag: str) -> str:
        """Push a tag of the registry and give the digest of its manifest."""
        said = self.docker("push", tag)
        return said.rpartition("digest: ")[2].split()[0]

    def create(self, case: str, *arguments: str) -> str:
        """Create a container named like its case without starting it, and give its id."""
        options = ("--name", case, "--network", "none")
        self.containers[case] = self.docker("create", *options, *arguments)
        return self.containers[case]

    def run(self, case: str, *arguments: str) -> str:
        """Start a container in the background; its stop signal SIGKILL lets engines stop fast."""
        options = ("--stop-signal", "KILL")
        container = self.create(case, *options, *arguments)
        self.docker("start", container)
        return container

    def finish(self, case: str, *arguments: str) -> str:
        """Run a container to its end, whatever its exit code."""
        container = self.run(case, *arguments)
        self.docker("wait", container)
        return container

    def lose_container(self, case: str, *options: str) -> None:
        """Remove a container by force; `options` are of `docker rm`."""
        self.docker("rm", "--force", *options, case)
        self.gone[case] = self.containers.pop(case)
