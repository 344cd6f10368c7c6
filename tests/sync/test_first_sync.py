"""The first sync writes everything in a root into tables and does not change the root."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.readers.encodings.bolt_writer import bolt_file
from tests.rootbuilder import BuiltContainer, BuiltImage, MountSpec, RootBuilder
from tests.rootbuilder.files import go_json
from tests.sync.index_files import assert_sound, contents, problems, select, sync_roots

if TYPE_CHECKING:
    from pathlib import Path

BLOB = f"sha256:{'b' * 64}"
MANIFEST = f"sha256:{'a' * 64}"


class Indexed:
    """A root with one thing of each kind, and its index."""

    def __init__(self, path: Path) -> None:
        self.root = RootBuilder(path / "docker")
        self.engine_id = self.root.engine_id()
        self.base = self.root.image([b"base"], tag="base:1", labels={"team": "blue"}, env=["A=1"])
        self.app = self._app()
        self.web = self._web()
        self.root.volume("data", {"type": "tmpfs", "o": "size=8m"})
        entries = {
            b"data": go_json({"Driver": "local", "Labels": {"keep": "yes"}}),
            b"remote": go_json({"Driver": "nfs"}),
        }
        (path / "docker/volumes/metadata.db").write_bytes(bolt_file({b"volumes": entries}))
        self.index = path / "index.db"
        self.summary = sync_roots(self.index, path / "docker")
        self.left_behind = {entry.name for entry in path.iterdir()}

    def _app(self) -> BuiltImage:
        app = self.root.image(
            [b"more", b"base"], base=self.base, parent=self.base, built_locally=True, env=["B"]
        )
        self.root.tag(app, "registry.example:5000/team/app:2")
        self.root.digest_reference(app, f"registry.example:5000/team/app@{MANIFEST}")
        self.root.distribution(app.diff_ids[1], BLOB, "registry.example:5000/team/app", "e" * 64)
        return app

    def _web(self) -> BuiltContainer:
        mounts = [MountSpec("/data", name="data"), MountSpec("/etc", source="/srv", type="bind")]
        return self.root.container(
            "web",
            self.app,
            running=True,
            mounts=mounts,
            image_name="registry.example:5000/team/app:2",
            log=["up"],
            host_fields={"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}},
        )

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """The rows of a SELECT."""
        return select(self.index, sql, *values)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    """The root and its index, for tests that only read them."""
    return Indexed(tmp_path_factory.mktemp("first"))


def test_the_summary_counts(indexed: Indexed) -> None:
    """The summary counts what was read, and no changes."""
    (root,) = indexed.summary.roots
    assert root.counts._asdict() == {
        "images": 2,
        "layers": 3,
        "containers": 1,
        "volumes": 2,
        "changes": 0,
        "problems": 1,
    }
    assert (root.stores, root.containerd, root.notice) == (("overlay2",), None, None)
    ((running,),) = select(indexed.index, "SELECT container_id FROM containers")
    assert problems(indexed.index) == [("C6", running, f"containers/{running}/config.v2.json")]
    assert_sound(indexed.index)


def test_no_table_of_a_full_root_is_empty(indexed: Indexed) -> None:
    """Every table has rows, except for things that this root does not have."""
    empty = {name for name, rows in contents(indexed.index).items() if not rows}
    has_none_of = {"image_volumes", "image_ports", "container_labels", "leftovers"}
    of_buildkit = {"build_records", "build_parents", "build_snapshots"}
    of_containerd = {
        "blob_references",
        "image_manifests",
        "index_manifests",
        "lease_resources",
        "leases",
        "manifest_layers",
        "manifests",
        "namespace_parts",
        "snapshot_references",
        "snapshots",
        "store_blobs",
    }
    of_damage = {"damaged_layers", "doubts"}
    of_measuring = {"measurements"}
    assert (
        empty == {"changes"} | has_none_of | of_buildkit | of_containerd | of_damage | of_measuring
    )


def test_names(indexed: Indexed) -> None:
    """Repositories have their full form, and each tag and digest refers to its image."""
    full, familiar = "docker.io/library/base", "base"
    other = "registry.example:5000/team/app"
    assert indexed.rows("SELECT * FROM repositories ORDER BY 1") == [
        (full, "docker.io", "library/base", familiar),
        (other, "registry.example:5000", "team/app", other),
    ]
    assert indexed.rows("SELECT repository, tag, image_id FROM tags ORDER BY 1") == [
        (full, "1", indexed.base.image_id),
        (other, "2", indexed.app.image_id),
    ]
    digests = indexed.rows("SELECT repository, digest, image_id FROM repo_digests")
    assert digests == [(other, MANIFEST, indexed.app.image_id)]


def test_an_image(indexed: Indexed) -> None:
    """Config, layers, history, labels and metadata of an image have their rows."""
    image_id = indexed.app.image_id
    columns = "architecture, os, layer_count, history_count, top_chain_id"
    (image,) = indexed.rows(f"SELECT {columns} FROM images WHERE image_id = ?", image_id)
    assert image == ("amd64", "linux", 3, 8, indexed.app.chain_ids[-1])
    (noted,) = indexed.rows(
        "SELECT parent_id, last_tagged_at IS NOT NULL, built_locally FROM store_images "
        "WHERE image_id = ?",
        image_id,
    )
    assert noted == (indexed.base.image_id, 1, 1)
    chain = indexed.rows(
        "SELECT position, chain_id FROM image_layers WHERE image_id = ? ORDER BY 1", image_id
    )
    assert chain == list(enumerate(indexed.app.chain_ids, 1))
    steps = indexed.rows(
        "SELECT position FROM image_history WHERE image_id = ? AND position IS NOT NULL "
        "ORDER BY step",
        image_id,
    )
    assert steps == [(1,), (2,), (3,)]
    assert indexed.rows("SELECT DISTINCT label, value FROM image_labels") == [("team", "blue")]


def test_layers(indexed: Indexed) -> None:
    """Each layer has its diff ID, its parent and its cache ID."""
    app = indexed.app
    rows = indexed.rows(
        "SELECT chain_id, diff_id, parent_chain_id, cache_id, size_bytes "
        "FROM layers JOIN store_layers USING (chain_id)"
    )
    parents = (None, *app.chain_ids)
    assert sorted(rows) == sorted(
        zip(app.chain_ids, app.diff_ids, parents, app.cache_ids, (4, 4, 4), strict=False)
    )


def test_blobs(indexed: Indexed) -> None:
    """Both files of the folder `distribution` map a blob to its layer."""
    diff_id = indexed.app.diff_ids[1]
    assert indexed.rows("SELECT blob_digest, diff_id, source FROM digest_map ORDER BY 3") == [
        (BLOB, diff_id, "diffid-by-digest"),
        (BLOB, diff_id, "v2metadata-by-diffid"),
    ]
    columns = "blob_digest, diff_id, source_repository, pushed"
    assert indexed.rows(f"SELECT {columns} FROM digest_repositories") == [
        (BLOB, diff_id, "registry.example:5000/team/app", 1)
    ]


def test_a_container(indexed: Indexed) -> None:
    """State, image, mounts, ports and read-write layer of a container have their rows."""
    container_id = indexed.web.container_id
    columns = "container_id, name, state, image_id, image_repository, image_tag, log_bytes > 0"
    assert indexed.rows(f"SELECT {columns} FROM containers") == [
        (
            container_id,
            "web",
            "running",
            indexed.app.image_id,
            "registry.example:5000/team/app",
            "2",
            1,
        )
    ]
    assert indexed.rows("SELECT destination, type, source, name FROM container_mounts") == [
        ("/data", "volume", None, "data"),
        ("/etc", "bind", "/srv", None),
    ]
    assert indexed.rows("SELECT port, host_port, source FROM container_ports") == [
        ("80/tcp", "8080", "requested")
    ]
    assert indexed.rows("SELECT name, mount_id, init_id, parent_chain_id FROM mounts") == [
        (container_id, indexed.web.mount_id, indexed.web.init_id, indexed.app.chain_ids[-1])
    ]


def test_volumes(indexed: Indexed) -> None:
    """The folders and the database together give the volumes, labels and options."""
    assert indexed.rows("SELECT name, driver, anonymous FROM volumes ORDER BY 1") == [
        ("data", "local", 0),
        ("remote", "nfs", 0),
    ]
    assert indexed.rows("SELECT name, label, value FROM volume_labels") == [("data", "keep", "yes")]
    assert indexed.rows("SELECT option, value FROM volume_options ORDER BY 1") == [
        ("o", "size=8m"),
        ("type", "tmpfs"),
    ]


def test_the_root_itself(indexed: Indexed) -> None:
    """Host, path, engine and store have their rows."""
    path = str(indexed.root.path)
    assert indexed.rows("SELECT host, path, engine_id, engine_path FROM roots") == [
        ("host-a", path, indexed.engine_id, "/var/lib/docker")
    ]
    assert indexed.rows("SELECT name, driver, active FROM stores") == [
        (f"host-a:{path} overlay2", "overlay2", 1)
    ]


def test_the_index_is_for_its_owner_alone(indexed: Indexed) -> None:
    """Only the owner can read the index, and no other file is left beside it."""
    assert stat.S_IMODE(indexed.index.stat().st_mode) == 0o600
    assert indexed.left_behind == {"docker", "index.db"}


def test_nothing_in_the_root_is_touched(tmp_path: Path) -> None:
    """A sync changes no file or folder, not even its access time."""
    root = Indexed(tmp_path).root.path
    # Reading where a link points to always changes its access time.
    paths = [root, *(path for path in root.rglob("*") if not path.is_symlink())]
    for path in paths:
        os.utime(path, ns=(10**18, 10**18))
    before = [os.lstat(path) for path in paths]
    sync_roots(tmp_path / "again.db", root)
    sync_roots(tmp_path / "again.db", root)
    assert [os.lstat(path) for path in paths] == before
