"""`dockidx check --deep`: what only reading all contents shows."""

from __future__ import annotations

import gzip
import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import Outcome, dockidx
from tests.containerd.hosts import Host
from tests.readers.drivers.driver_roots import STAMPS_HOLD_SECONDS
from tests.rootbuilder import RootBuilder
from tests.rootbuilder.layers import layer
from tests.sync.index_files import sync_roots

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.rootbuilder import BuiltImage

FILES = {"etc/motd": b"welcome\n", "usr/bin/tool": bytes(range(256)) * 9, "empty": b""}
STREAM = "tar-split.json.gz"


class Deep:
    """A root with an image of two layers with files, and its index."""

    def __init__(self, folder: Path, driver: str = "overlay2") -> None:
        self.path = folder / "docker"
        self.index = folder / "index.db"
        builder = RootBuilder(self.path, driver)
        self.image: BuiltImage = builder.image(
            [layer(FILES), layer({"etc/more": b"more"})], tag="app:1"
        )
        self.layer = builder.layerdb.layer_path(self.image.chain_ids[0])
        top = builder.driver.path(self.image.cache_ids[0])
        self.files = top / "diff" if driver == "overlay2" else top
        self.config = builder.image_path(self.image.image_id)
        sync_roots(self.index, self.path)

    def found(self) -> list[tuple[str, str, str, str]]:
        """Severity, rule, object and path of what `check --deep` finds."""
        done = self.check("--deep")
        rows = json.loads(done.out)
        assert done.code == any(row["severity"] in ("error", "fatal") for row in rows)
        return [(it["severity"], it["rule"], it["object_id"], it["path"]) for it in rows]

    def check(self, *options: str) -> Outcome:
        """What `check` says."""
        return dockidx("check", *options, "--db", self.index, "--format", "json")

    def below(self, path: Path) -> str:
        """`path` relative to the root."""
        return str(path.relative_to(self.path))


@pytest.fixture
def deep(tmp_path: Path) -> Deep:
    """A sound root."""
    return Deep(tmp_path)


@pytest.mark.parametrize("driver", ["overlay2", "vfs", "btrfs"])
def test_a_sound_root(tmp_path: Path, driver: str) -> None:
    """Every layer that is put together again has its diff ID."""
    assert Deep(tmp_path, driver).found() == []


@pytest.mark.parametrize("driver", ["overlay2", "vfs"])
def test_one_byte_of_a_file(tmp_path: Path, driver: str) -> None:
    """A changed file makes another layer; nothing but reading it shows that."""
    deep = Deep(tmp_path, driver)
    (deep.files / "etc/motd").write_bytes(b"Welcome\n")

    chain = deep.image.chain_ids[0]
    assert deep.found() == [("error", "L10", chain, deep.below(deep.files))]
    assert deep.check().out == "[]\n"


@pytest.mark.parametrize("damage", ["missing", "shorter", "longer", "link"])
def test_a_file_that_is_not_as_it_was(deep: Deep, damage: str) -> None:
    """The message names the first file that is missing or of another length."""
    path = deep.files / "usr/bin/tool"
    content = path.read_bytes()
    path.unlink()
    if damage == "link":
        path.symlink_to("/etc/passwd")
    elif damage != "missing":
        path.write_bytes(content[1:] if damage == "shorter" else content + b"x")

    (row,) = json.loads(deep.check("--deep").out)

    assert (row["rule"], row["object_id"]) == ("L10", deep.image.chain_ids[0])
    assert "usr/bin/tool is missing or has another length" in row["message"]


def lines(deep: Deep) -> list[bytes]:
    """The lines of the stream of the bottom layer."""
    return gzip.decompress((deep.layer / STREAM).read_bytes()).splitlines(keepends=True)


STREAMS: dict[str, Callable[[Deep], bytes]] = {
    "nothing": lambda _: b"",
    "no gzip": lambda _: b"plain",
    "cut short": lambda deep: (deep.layer / STREAM).read_bytes()[:-20],
    "an empty stream": lambda _: gzip.compress(b""),
    "no JSON": lambda _: gzip.compress(b"plain\n"),
    "an array": lambda _: gzip.compress(b"[]\n"),
    "a line left out": lambda deep: gzip.compress(b"".join(lines(deep)[1:])),
    "an unknown type": lambda _: gzip.compress(b'{"type":3,"position":0}\n'),
    "a negative size": lambda _: gzip.compress(b'{"type":1,"name":"a","size":-1,"position":0}\n'),
    "no base64": lambda _: gzip.compress(b'{"type":2,"payload":"!","position":0}\n'),
    "an endless line": lambda _: gzip.compress(bytes(17 << 20)),
}
"""Ways for the stream of a layer to be of no use."""


@pytest.mark.parametrize("kind", STREAMS)
def test_a_stream_of_no_use(deep: Deep, kind: str) -> None:
    """The stream is named, and the layer beside it is verified all the same."""
    path = deep.layer / STREAM
    path.write_bytes(STREAMS[kind](deep))

    assert deep.found() == [("error", "L9", deep.image.chain_ids[0], deep.below(path))]


def test_a_file_that_leads_out_of_its_layer(deep: Deep) -> None:
    """No name in a stream makes it read outside of the layer."""
    path = deep.layer / STREAM
    line = {"type": 1, "name": "../../../../etc/passwd", "size": 9, "payload": "", "position": 0}
    path.write_bytes(gzip.compress(json.dumps(line).encode() + b"\n"))

    assert deep.found() == [("error", "L10", deep.image.chain_ids[0], deep.below(deep.files))]


def test_what_a_sync_does_not_read_again(deep: Deep) -> None:
    """A file of a layer that was changed where it is, is plausible_size by a sync; not here."""
    time.sleep(STAMPS_HOLD_SECONDS)
    sync_roots(deep.index, deep.path)
    path = deep.layer / "diff"
    with path.open("r+b") as file:
        file.write(b"sha256:0")
    sync_roots(deep.index, deep.path)
    assert deep.check().out == "[]\n"

    rules = {rule for _, rule, *_ in deep.found()}

    assert rules == {"L3", "L10"}


def test_a_file_that_others_may_write(deep: Deep) -> None:
    """Of images and layers only this looks at every file."""
    deep.config.chmod(0o666)

    assert deep.found() == [("error", "S1", None, deep.below(deep.config))]


def test_a_copy_without_the_contents_of_layers(
    golden_root: Callable[[str], Path], tmp_path: Path
) -> None:
    """It cannot be verified, which is one finding and no damage to each layer."""
    index = tmp_path / "index.db"
    sync_roots(index, golden_root("20.10-overlay2"))

    done = dockidx("check", "--deep", "--db", index, "--format", "json")

    found = [row for row in json.loads(done.out) if row["rule"] in ("L9", "L10")]
    assert [(row["severity"], row["object_id"]) for row in found] == [("info", "overlay2")]
    assert done.code == 0


def test_a_packed_layer_of_other_bytes(tmp_path: Path) -> None:
    """Of the containerd store every blob is read, packed layers too."""
    host = Host(tmp_path)
    host.containerd.image("docker.io/library/app:1", [b"packed"])
    host.sync()
    digest = next(it for it, data in host.containerd.files.items() if data == b"packed")
    host.containerd.blob_path(digest).write_bytes(b"PACKED")

    words = ("check", "--db", host.index, "--format", "json")

    assert dockidx(*words).out == "[]\n"
    (row,) = json.loads(dockidx(*words, "--deep").out)
    assert (row["severity"], row["rule"], row["object_id"]) == ("error", "K3", digest)
    assert row["path"] == str(host.containerd.blob_path(digest))


def test_a_copy_without_packed_layers(golden_root: Callable[[str], Path], tmp_path: Path) -> None:
    """It cannot be verified, which is one finding; what is there is read."""
    index = tmp_path / "index.db"
    sync_roots(index, golden_root("29.7.2-c8d-sysctrd"))

    done = dockidx("check", "--deep", "--db", index, "--format", "json")

    found = [row for row in json.loads(done.out) if row["rule"] == "K3"]
    assert [(row["severity"], row["object_id"]) for row in found] == [("info", "moby")]
    assert done.code == 0
