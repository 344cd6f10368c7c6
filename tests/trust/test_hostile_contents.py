"""Contents and names made to break a reader: each is read, or refused with the reason."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import time
from typing import TYPE_CHECKING, Final

import pytest
from click.testing import CliRunner

from indexer.cli import main
from indexer.queries.catalogue import catalogue
from tests.readers.encodings.bolt_writer import bolt_file
from tests.rootbuilder import MountSpec, RootBuilder
from tests.rootbuilder.files import replace_file
from tests.sync.index_files import assert_sound, disk_contents, select, sync_roots
from tests.sync.operations import SETTLE_SECONDS
from tests.trust.bounded import bounded_sync
from tests.trust.mutations import ODD_NAMES

if TYPE_CHECKING:
    from pathlib import Path

JUNK: Final = 200_000
DEEP: Final = 100_000
BOMBS: Final = {
    "deep array": b"[" * DEEP + b"]" * DEEP,
    "deep object": b'{"config":' * DEEP + b"1" + b"}" * DEEP,
    "deep value": b'{"config":{"Entrypoint":' + b"[" * DEEP + b"]" * DEEP + b"}}",
    "open": b"[" * DEEP,
    "huge number": b'{"created":' + b"9" * 1_000_000 + b"}",
    "huge exponent": b'{"size":1e999999999,"Size":-1E400,"RestartCount":1e400}',
    "duplicate keys": b'{"config":{},"config":1,"CONFIG":[],"Config":null,"rootfs":{}}',
    "not UTF-8": b'{"config":{"Env":["\xff\xfe=\xc3\x28"]},"ID":"\xf0\x28\x8c\x28"}',
    "NUL": b'{"config":{"User":"a\\u0000b"},"Name":"/\\u0000","ID":"\x00"}',
    "surrogate": b'{"author":"\\ud800","Name":"\\udfff\\ud800","ID":"\\ud83d"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "zeros": bytes(100_000),
    "null": b"null",
    "string": b'"text"',
    "not a number": b'{"size":NaN,"RestartCount":Infinity}',
}


@pytest.fixture
def root(memory: Path) -> RootBuilder:
    """A root with one of each kind of file that holds JSON."""
    built = RootBuilder(memory / "docker")
    base = built.image([b"base"], tag="base:1")
    app = built.image([b"app"], tag="app:1", base=base, parent=base)
    built.distribution(app.diff_ids[1], f"sha256:{'b' * 64}", "docker.io/library/app")
    built.container("web", app, mounts=[MountSpec("/data", name="data")])
    built.volume("data", {"type": "tmpfs"})
    time.sleep(SETTLE_SECONDS)
    return built


def json_files(root: RootBuilder) -> dict[str, Path]:
    """Every kind of file that holds JSON."""
    found = {
        "repositories": root.store / "repositories.json",
        "config": next((root.store / "imagedb/content/sha256").iterdir()),
        "blobs": next((root.store / "distribution/v2metadata-by-diffid/sha256").iterdir()),
        "container": next((root.path / "containers").glob("*/config.v2.json")),
        "host config": next((root.path / "containers").glob("*/hostconfig.json")),
        "options": root.path / "volumes/data/opts.json",
        "metadata": root.path / "volumes/metadata.db",
    }
    assert all(path.exists() or path.suffix == ".db" for path in found.values())
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs(root: RootBuilder, memory: Path, bomb: str) -> None:
    """With a bomb in every file a sync gets over it, and the index is as before afterwards."""
    index = memory / "index.db"
    sync_roots(index, root.path)
    before = disk_contents(index, "modified_at")
    files = json_files(root)
    former = {path: path.read_bytes() for path in files.values() if path.exists()}
    data = BOMBS[bomb]
    for kind, path in files.items():
        replace_file(path, bolt_file({b"volumes": {b"data": data}}) if kind == "metadata" else data)
    sync_roots(index, root.path)
    assert_sound(index)
    files["metadata"].unlink()
    for path, content in former.items():
        replace_file(path, content)
    sync_roots(index, root.path)
    assert disk_contents(index, "modified_at") == before


def many_tags(count: int) -> bytes:
    """A repositories.json that gives one name so many tags, each of another image."""
    pairs = (b'"a:%d":"sha256:%064d"' % (number, number) for number in range(count))
    return b'{"Repositories":{"a":{%s}}}' % b",".join(pairs)


def add_config(root: RootBuilder, part: bytes, count: int) -> None:
    """Add an image whose config has `part` so many times, named as the engine would name it."""
    data = b'{"rootfs":{},"config":{"OnBuild":[' + b",".join([part] * count) + b"]}}"
    (root.store / "imagedb/content/sha256" / hashlib.sha256(data).hexdigest()).write_bytes(data)


@pytest.mark.timeout(600)
def test_memory_for_many_names(root: RootBuilder, memory: Path) -> None:
    """As many tags as a file of them can hold do not fill the memory."""
    replace_file(json_files(root)["repositories"], many_tags(180_000))
    bounded_sync(root.path, memory / "index.db")
    assert_sound(memory / "index.db")
    assert select(memory / "index.db", "SELECT COUNT(*) FROM tags") == [(180_000,)]


@pytest.mark.timeout(600)
def test_memory_for_large_values(root: RootBuilder, memory: Path) -> None:
    """The longest and widest files that may be read at all do not fill the memory."""
    files = json_files(root)
    replace_file(files["container"], b'{"Config":{"Env":[' + b'"a=b",' * 2_500_000 + b'"a=b"]}}')
    replace_file(files["host config"], b'{"a":[' + b"[]," * 4_000_000 + b"[]]}")
    replace_file(files["blobs"], b"[" + b"{}," * 100_000 + b"{}]")
    add_config(root, b'"x"', 4_000_000)
    add_config(root, b'"x"', 1_000_000)
    add_config(root, b'"' + b"x" * 1_000_000 + b'"', 15)
    add_config(root, b'{"a":{}}', 500_000)
    bounded_sync(root.path, memory / "index.db")
    assert_sound(memory / "index.db")
    assert select(memory / "index.db", "SELECT COUNT(*) > 2 FROM store_images") == [(1,)]


@pytest.mark.timeout(600)
def test_memory_for_the_longest_config(root: RootBuilder, memory: Path) -> None:
    """A container whose config is as long as may be, of the widest letters, is indexed."""
    config = json_files(root)["container"]
    value = b"\xf0\x9f\x98\x80\\ud800" + b"x" * (63 << 20)
    before, labels, after = config.read_bytes().partition(b'"Labels":')
    assert labels
    replace_file(config, before + b'"Labels":{"a":"%s"},"Other":' % value + after)
    bounded_sync(root.path, memory / "index.db")
    sql = "SELECT LENGTH(value) FROM container_labels WHERE label = 'a'"
    assert select(memory / "index.db", sql) == [((63 << 20) + 2,)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", ["key", "repository", "image", "after"])
def test_memory_for_the_longest_names(root: RootBuilder, memory: Path, part: str) -> None:
    """A file of names as long as may be is read, whatever part of it is long."""
    names = json_files(root)["repositories"]
    former = json.loads(names.read_bytes())["Repositories"]
    parts = dict.fromkeys(("key", "repository", "image", "after"), b"")
    parts[part] = b"x" * (255 << 20)
    whole = b'{"Repositories":{"a%(repository)s":{"a:1%(key)s":"%(image)s"}}}%(after)s'
    parts["image"] = parts["image"] or former["app"]["app:1"].encode()
    replace_file(names, whole % {name.encode(): value for name, value in parts.items()})
    del parts
    bounded_sync(root.path, memory / "index.db")
    tags = select(memory / "index.db", "SELECT repository, tag FROM tags")
    assert tags == ([("docker.io/library/a", "1")] if part in ("repository", "after") else [])
    found = select(memory / "index.db", "SELECT rule FROM problems WHERE rule IN ('R1', 'U2')")
    assert found == []


@pytest.mark.timeout(600)
def test_junk_entries(root: RootBuilder, memory: Path) -> None:
    """Two hundred thousand entries that do not belong there cost time but no more."""
    index = memory / "index.db"
    sync_roots(index, root.path)
    before = disk_contents(index)
    home = root.path / "overlay2"
    places = [
        root.store / "imagedb/content/sha256",
        root.store / "layerdb/sha256",
        root.store / "layerdb/mounts",
        root.store / "distribution/diffid-by-digest/sha256",
        root.path / "containers",
        root.path / "volumes",
        home,
        home / "l",
    ]
    (memory / "empty").touch()
    for number in range(JUNK):
        os.link(memory / "empty", places[number % len(places)] / f"junk-{number}")
    bounded_sync(root.path, index)
    after = disk_contents(index)
    assert {**after, "problems": []} == {**before, "problems": []}
    assert len(after["problems"]) > 0


def test_odd_names(root: RootBuilder, memory: Path) -> None:
    """Names that break lines, quotes or encodings are indexed or reported, each in its own row."""
    for name in ODD_NAMES:
        for place in (
            root.path / "volumes",
            root.path / "containers",
            root.path / "overlay2",
            root.path / "image",
            root.store / "imagedb/content/sha256",
            root.store / "imagedb/metadata/sha256",
            root.store / "layerdb/sha256",
            root.store / "layerdb/mounts",
            root.store / "distribution/v2metadata-by-diffid/sha256",
        ):
            folder = os.path.join(os.fsencode(place), name)
            os.makedirs(os.path.join(folder, b"_data"), exist_ok=True)
    index = memory / "index.db"
    sync_roots(index, root.path)
    assert_sound(index)
    for query in ("volumes", "problems", "directories", "containers"):
        rows = json.loads(run("query", query, "--format", "json", "--db", str(index)))
        lines = run("query", query, "--format", "ndjson", "--db", str(index)).splitlines()
        assert [json.loads(line) for line in lines] == rows
        assert len(rows) > 0
    names = {name for (name,) in select(index, "SELECT name FROM volumes")}
    assert {"a\nb", 'it\'s "quoted"', "caf\\xe9", "..x"} <= names


def run(*words: str) -> str:
    """The output of a command that works."""
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.timeout(600)
def test_circles(memory: Path) -> None:
    """Parents that lead back to where they began end no sync, no query and no trace."""
    root = RootBuilder(memory / "docker")
    images = [root.image([b"base", b"%d" % number], tag=f"app:{number}") for number in range(4)]
    for image, parent in zip(images, [images[0], images[2], images[3], images[1]], strict=True):
        folder = root.metadata_path(image.image_id)
        folder.mkdir(exist_ok=True)
        (folder / "parent").write_text(parent.image_id)
    container = root.container("web", images[0])
    layers = root.store / "layerdb/sha256"
    chains = sorted(path.name for path in layers.iterdir())
    for chain, parent in zip(chains, [chains[0], *chains[2:], chains[1]], strict=True):
        (layers / chain / "parent").write_text(f"sha256:{parent}")
    home = root.path / "overlay2"
    folders = sorted(path for path in home.iterdir() if (path / "link").exists())
    links = [(path / "link").read_text() for path in folders]
    for folder, link in zip(folders, [links[0], *links[2:], links[1]], strict=True):
        (folder / "lower").write_text(f"l/{link}")
    mount = root.layerdb.mount_path(container.container_id)
    (mount / "mount-id").write_text(container.init_id)
    index = memory / "index.db"
    sync_roots(index, root.path)
    sync_roots(index, root.path)
    assert_sound(index)
    for name in catalogue():
        run("query", name, "--db", str(index))
    for thing in ("app:1", images[1].image_id, f"sha256:{chains[1]}", folders[1].name, "web"):
        run("trace", thing, "--db", str(index))


def test_gzip_bombs(root: RootBuilder, memory: Path) -> None:
    """What is packed is not unpacked: it costs nothing and changes nothing."""
    blobs = root.path / "buildkit/content/blobs/sha256"
    blobs.mkdir(parents=True)
    (blobs / ("a" * 64)).write_bytes(b"")
    sync_roots(memory / "before.db", root.path)
    bomb = gzip.compress(gzip.compress(bytes(100_000_000)))
    for layer in (root.store / "layerdb/sha256").iterdir():
        replace_file(layer / "tar-split.json.gz", bomb)
    (blobs / ("a" * 64)).write_bytes(bomb)
    sync_roots(memory / "after.db", root.path)
    after, before = (
        disk_contents(memory / name, "modified_at", "size_bytes")
        for name in ("after.db", "before.db")
    )
    assert after == before
