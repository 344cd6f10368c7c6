"""BuildKit's databases: real ones of three engines with their answers, and made ones."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from indexer.docker.buildkit.build_cache import BuildKit, read_buildkit
from indexer.docker.files.folder import Folder
from tests.readers.encodings.bolt_writer import Tree, bolt_file

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGINES: Final = ("20.10-overlay2", "26.1-overlay2", "28.5-vfs")
SNAPSHOTS: Final = "snapshots.db"
METADATA: Final = "metadata_v2.db"
OLD_METADATA: Final = "metadata.db"
LEASES: Final = "containerdmeta.db"

_SAMPLES: Final = Path(__file__).parent / "data"


@cache
def answers(engine: str) -> dict[str, Any]:
    """What the engine said of these files, and what else was in its root.

    `BuildCache` is of its `/system/df`; `image_chain_ids` are of all its images; `directories` are
    the names of 25 characters in the folder of the graph driver; `cache_ids` are those among them
    that belong to image layers, by chain ID.
    """
    found: dict[str, Any] = json.loads(_unpacked(engine, "answers.json"))
    return found


@cache
def files(engine: str) -> dict[str, bytes]:
    """The files of `buildkit` that the engine wrote, by name."""
    return {name: _unpacked(engine, name) for name in (SNAPSHOTS, METADATA, LEASES)}


def read(top: Path, content: Mapping[str, bytes]) -> BuildKit:
    """What is read of a Docker root at `top` whose `buildkit` holds the files `content`."""
    folder = top / "buildkit"
    folder.mkdir(exist_ok=True)
    for name, data in content.items():
        (folder / name).write_bytes(data)
    return read_root(top)


def read_root(top: Path) -> BuildKit:
    """What is read of the Docker root at `top`."""
    with Folder.of_root(str(top)) as root:
        return read_buildkit(root)


def snapshots_db(**buckets: Mapping[str, str]) -> bytes:
    """A `snapshots.db` with these buckets."""
    return bolt_file(
        {
            name.encode(): {key.encode(): value.encode() for key, value in bucket.items()}
            for name, bucket in buckets.items()
        }
    )


def metadata_db(records: Mapping[str, Mapping[str, object]]) -> bytes:
    """A metadata database with these records; bytes are written as they are, all else as JSON."""
    tree: dict[bytes, Tree] = {
        name.encode(): {key.encode(): _value(value) for key, value in record.items()}
        for name, record in records.items()
    }
    return bolt_file({b"_main": tree})


def _value(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps({"value": value}).encode()


def _unpacked(engine: str, name: str) -> bytes:
    return gzip.decompress((_SAMPLES / engine / f"{name}.gz").read_bytes())
