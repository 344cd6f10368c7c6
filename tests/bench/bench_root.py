"""Writes a Docker root like that of a busy build host, for measurements.

    python -m tests.bench.bench_root DIR [--images N] [--layers N] [--seed N]

A few base images carry most of the others. Layers have their metadata at full size, with tar-split
streams of 1 to 200 KB, but no files. The same size and seed always give the same bytes.
"""

from __future__ import annotations

import argparse
import math
import time
import zlib
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.rootbuilder import EMPTY_LAYER, BuiltImage, LayerSpec, MountSpec, RootBuilder
from tests.rootbuilder.layers import digest, file_line, segment_line, tar_header

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEPTH_LIMIT: Final = 60
_STEM_ENTRIES: Final = (8, 500)
_LARGE_STEM_ENTRIES: Final = 2500
_STEMS: Final = 40
_LARGE_STEMS: Final = 2
_STEPS: Final = (
    "RUN /bin/sh -c apt-get update && apt-get install -y {0} && apt-get clean # buildkit",
    "COPY --chown=app:app dist/{0} /srv/{0}/ # buildkit",
    "RUN /bin/sh -c pip install --no-cache-dir --requirement requirements-{0}.txt # buildkit",
    "RUN |2 VERSION={0} TARGETARCH=amd64 /bin/sh -c make -C /src/{0} install # buildkit",
    "COPY conf/{0}.yaml /etc/app/{0}.yaml # buildkit",
)


class BenchSummary(NamedTuple):
    """How many of each thing a bench root holds; `layers` counts chain IDs."""

    images: int
    layers: int
    layers_per_image: float
    tags: int
    digest_references: int
    untagged_images: int
    mapped_layers: int
    containers: int
    volumes: int


def write_bench_root(
    path: Path, images: int = 1500, layers: int = 6300, seed: int = 0
) -> BenchSummary:
    """Write a root of `images` images on about `layers` layers to the new directory `path`.

    Containers and volumes grow with the images: 40 and 20 for 1,500. Raises `FileExistsError`
    where `path` holds a root already.
    """
    if (path / "image").exists():
        raise FileExistsError(f"{path} holds a Docker root already; name a new directory.")
    root = RootBuilder(path, seed=f"bench-{seed}")
    root.engine_id()
    with root.one_save():
        growth = _Growth(root, images, layers, seed)
        for _ in range(images):
            growth.add_image()
    containers = _add_containers(growth, -(-images * 40 // 1500), -(-images * 20 // 1500))
    return growth.summary(*containers)


class _LayerMaker:
    """Makes layers without files whose tar-split streams share a few long beginnings."""

    def __init__(self, random: Random) -> None:
        self._random = random
        low, high = (math.log(bound) for bound in _STEM_ENTRIES)
        counts = [int(math.exp(random.uniform(low, high))) for _ in range(_STEMS)]
        counts += [_LARGE_STEM_ENTRIES] * _LARGE_STEMS
        self._stems = [_Stem(random, count) for count in counts]

    def make(self, number: int) -> LayerSpec:
        """Make a layer that no other call makes."""
        stem = self._random.choice(self._stems)
        last_size = int(10 ** self._random.uniform(1, 7.5))
        word = f"component-{number}"
        return LayerSpec(
            diff_id=digest(word.encode()),
            size=stem.size + last_size,
            tar_split=stem.finished(f"srv/{word}", last_size, self._random.randbytes(8)),
            created_by=self._random.choice(_STEPS).format(word),
        )


class _Stem:
    """The beginning of a tar-split stream, compressed once and finished for each layer."""

    def __init__(self, random: Random, entries: int) -> None:
        self.size = 0
        self._entries = entries
        self._compressor = zlib.compressobj(wbits=31)
        lines: list[bytes] = []
        for number in range(entries):
            size = int(10 ** random.uniform(1, 5))
            name = f"usr/lib/part-{random.randrange(40)}/module_{number}.py"
            lines += _file_lines(name, size, random.randbytes(8), number)
            self.size += size
        self._compressed = self._compressor.compress(b"".join(lines))
        self._compressed += self._compressor.flush(zlib.Z_SYNC_FLUSH)

    def finished(self, name: str, size: int, checksum: bytes) -> bytes:
        """Give the whole stream, ended by the file `name` and the end of the tar."""
        compressor = self._compressor.copy()
        lines = _file_lines(name, size, checksum, self._entries)
        lines.append(segment_line(bytes(-size % 512 + 1024), 2 * self._entries + 2))
        return self._compressed + compressor.compress(b"".join(lines)) + compressor.flush()


class _Growth:
    """The images made so far, and the choices for the next."""

    def __init__(self, root: RootBuilder, images: int, layers: int, seed: int) -> None:
        self.root = root
        self.random = Random(seed)
        self.built: list[BuiltImage] = []
        self.tags: list[str] = []
        self._maker = _LayerMaker(self.random)
        self._images = images
        self._layers = layers
        self._bases: list[BuiltImage] = []
        self._chains: set[str] = set()
        self._mapped: set[str] = set()
        self._digest_references = 0
        self._named: set[str] = set()

    def add_image(self) -> None:
        """Add a base image, a child of one, or a grandchild, with its names and digests."""
        number = len(self.built)
        base = self._pick_base()
        specs = self._new_layers(base)
        by_classic_builder = base is not None and self.random.random() < 0.15
        image = self.root.image(
            specs,
            base=base,
            labels={
                "org.opencontainers.image.revision": digest(f"commit {number}".encode())[7:47],
                "org.opencontainers.image.version": f"1.{number}",
                "team": f"team-{number % 20:02}",
            },
            env=[f"APP_VERSION=1.{number}", f"APP_HOME=/srv/service-{number // 6}"],
            exposed_ports=["8080/tcp"] if number % 3 else [],
            cmd=[f"/srv/service-{number // 6}", "--listen", "0.0.0.0:8080"],
            parent=base if by_classic_builder else None,
            built_locally=by_classic_builder,
        )
        self.built.append(image)
        if base is None:
            self._bases.append(image)
        self._map_layers(image)
        self._name(number, image)

    def summary(self, containers: int, volumes: int) -> BenchSummary:
        """Count what is there."""
        images = len(self.built)
        depth = sum(len(image.chain_ids) for image in self.built)
        return BenchSummary(
            images=images,
            layers=len(self._chains),
            layers_per_image=round(depth / images, 2),
            tags=len(set(self.tags)),
            digest_references=self._digest_references,
            untagged_images=images - len(self._named),
            mapped_layers=len(self._mapped),
            containers=containers,
            volumes=volumes,
        )

    def _pick_base(self) -> BuiltImage | None:
        draw = self.random.random()
        if not self._bases or draw < 0.08:
            return None
        pool = self._bases if draw < 0.75 else self.built
        image = pool[int(len(pool) * self.random.random() ** 2)]
        return image if len(image.chain_ids) < _DEPTH_LIMIT else self._bases[0]

    def _new_layers(self, base: BuiltImage | None) -> list[LayerSpec]:
        """Make as many layers as keep the whole on its way to the wanted number."""
        number = len(self.built)
        due = round(self._layers * (number + 1) / self._images) - len(self._chains)
        spread = 0 if number + 1 == self._images else self.random.randint(-3, 3)
        count = max(due + spread, 0 if base else 1)
        specs = [self._maker.make(len(self._chains) + step) for step in range(count)]
        if count > 2 and self.random.random() < 0.25:
            specs[1] = EMPTY_LAYER
        return specs

    def _map_layers(self, image: BuiltImage) -> None:
        for chain, diff_id in zip(image.chain_ids, image.diff_ids, strict=True):
            if chain in self._chains:
                continue
            self._chains.add(chain)
            if self.random.random() < 0.7:
                self._map_layer(chain, diff_id)

    def _map_layer(self, chain: str, diff_id: str) -> None:
        self._mapped.add(chain)
        blob = digest(f"blob of {diff_id}".encode())
        for _ in range(1 + (self.random.random() < 0.2)):
            repository = f"localhost:5000/team/service-{self.random.randrange(200)}"
            pushed = digest(f"{blob}{repository}".encode())[7:]
            hmac = pushed if self.random.random() < 0.3 else ""
            self.root.distribution(diff_id, blob, repository, hmac)

    def _name(self, number: int, image: BuiltImage) -> None:
        team, service = f"team-{number % 20:02}", f"service-{number // 6}"
        repository = f"localhost:5000/{team}/{service}" if number % 4 else f"{team}/{service}"
        draw = self.random.random()
        if draw < 0.9:
            self.root.references.add(f"{repository}:build-{number}", image.image_id)
            self.tags.append(f"{repository}:build-{number}")
            self._named.add(image.image_id)
        if draw < 0.25:
            self.root.tag(image, f"{team}/stable:{number % 6}")
            self.tags.append(f"{team}/stable:{number % 6}")
        if 0.2 < draw < 0.93:
            manifest = digest(f"manifest {number}".encode())
            self.root.digest_reference(image, f"{repository}@{manifest}")
            self._digest_references += 1


def _add_containers(growth: _Growth, containers: int, volumes: int) -> tuple[int, int]:
    """Add containers of arbitrary images and the volumes they use; give both numbers."""
    root, random = growth.root, growth.random
    names = [
        f"data-{number}" if number % 2 else root.new_id("volume", str(number))
        for number in range(volumes)
    ]
    for name in names:
        root.volume(name)
    for number in range(containers):
        mounts = [MountSpec("/data", name=random.choice(names))] if number % 3 else []
        root.container(
            f"job-{number}",
            random.choice(growth.built),
            running=number % 5 < 2,
            exit_code=number % 4,
            mounts=mounts,
            log=[f"step {step} done" for step in range(random.randrange(200))],
        )
    return containers, volumes


def _file_lines(name: str, size: int, checksum: bytes, number: int) -> list[bytes]:
    """Make the two tar-split lines of the file that is the `number`th of its stream."""
    header = segment_line(tar_header(name, size), 2 * number)
    return [header, file_line(name, size, checksum, 2 * number + 1)]


def _lines(summary: BenchSummary) -> Iterator[str]:
    for field, value in summary._asdict().items():
        yield f"{field.replace('_', ' ')}: {value:,}"


def main() -> None:
    """Write the root that the command line asks for and print what it holds."""
    parser = argparse.ArgumentParser(description="Write a large synthetic Docker root.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--images", type=int, default=1500)
    parser.add_argument("--layers", type=int, default=6300)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    begin = time.perf_counter()
    try:
        summary = write_bench_root(
            arguments.directory, arguments.images, arguments.layers, arguments.seed
        )
    except FileExistsError as error:
        parser.error(str(error))
    print(*_lines(summary), f"seconds: {time.perf_counter() - begin:.1f}", sep="\n")


if __name__ == "__main__":
    main()
