"""The build cache of an engine with the containerd store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.readers.buildkit.buildkit_samples import metadata_db
from tests.readers.containerd.reading import fingerprints, read, rules
from tests.rootbuilder.containerd import ContainerdBuilder, digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from indexer.docker.buildkit.records import BuildRecord

FILE = "buildkit/containerd-overlayfs/metadata_v2.db"


def write(docker: Path, records: Mapping[str, Mapping[str, object]]) -> Path:
    path = docker / FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(metadata_db(records))
    return path


def record(docker: Path, record_id: str) -> BuildRecord:
    found = read(docker).build_cache
    assert (found.state, found.records_state, found.findings) == ("readable", "readable", ())
    return next(it for it in found.records if it.record_id == record_id)


def test_a_record_has_the_directory_of_its_snapshot(docker: Path, store: ContainerdBuilder) -> None:
    store.snapshot("below")
    snapshot_id = store.snapshot("files", "below", size=8192)
    store.write()
    blob = digest_of(b"packed")
    write(
        docker,
        {
            "one": {"cache.snapshot": "below", "snapshot.committed": True},
            "two": {
                "cache.snapshot": "files",
                "cache.parent": "one",
                "snapshot.committed": True,
                "snapshot.size": 9000,
                "cache.blob": blob,
                "cache.diffID": digest_of(b"unpacked"),
            },
        },
    )
    found = record(docker, "two")
    assert (found.directory, found.snapshot, found.chain_id) == (snapshot_id, "files", None)
    assert (found.size, found.blob_digest, found.parents) == (9000, blob, ("one",))
    assert (found.mutable, found.listed) == (False, True)


def test_a_size_that_is_not_noted_is_that_of_files_and_packed_layer(
    docker: Path, store: ContainerdBuilder
) -> None:
    """As the engine counts it when it is asked for the first time (`cacheRecord.size`)."""
    store.snapshot("files", size=8192)
    blob = store.blob(b"packed")["digest"]
    store.write()
    common = {"snapshot.committed": True, "cache.snapshot": "files"}
    absent = digest_of(b"absent")
    write(
        docker,
        {
            "both": {**common, "cache.blob": blob},
            "files": {**common, "cache.blob": absent},
            "packed": {**common, "cache.snapshot": "x", "cache.blob": blob, "cache.blobonly": True},
            "nothing": {**common, "cache.snapshot": "x", "cache.blobonly": True},
        },
    )
    sizes = {it.record_id: it.size for it in read(docker).build_cache.records}
    assert sizes == {"both": 8198, "files": 8192, "packed": 6, "nothing": 0}


def test_a_snapshot_that_can_be_written_to_has_no_size(
    docker: Path, store: ContainerdBuilder
) -> None:
    store.snapshot("one", kind="active")
    store.write()
    write(docker, {"one": {"cache.recordType": "source.local"}})
    found = record(docker, "one")
    assert (found.mutable, found.listed, found.directory, found.size) == (True, True, "1", None)


def test_a_record_of_an_image_layer_has_its_chain_id(
    docker: Path, store: ContainerdBuilder
) -> None:
    store.image("docker.io/library/web:1", [b"web"])
    store.write()
    chain_id = digest_of(b"unpacked web")
    write(docker, {"one": {"cache.snapshot": chain_id, "snapshot.committed": True}})
    found = record(docker, "one")
    assert (found.chain_id, found.directory) == (chain_id, "1")


def test_a_record_whose_snapshot_is_gone_is_not_listed(
    docker: Path, store: ContainerdBuilder
) -> None:
    """The engine drops one that can be written to when it starts, and it has no directory."""
    store.snapshot("other")
    store.write()
    write(docker, {"one": {}})
    (found,) = read(docker).build_cache.records
    assert (found.listed, found.directory, found.chain_id, found.size) == (False, None, None, None)
    assert lost(docker) == [("one", "warning")]


def lost(docker: Path) -> list[tuple[str | None, str]]:
    """The records whose files are in no snapshot, and how bad that is."""
    found = read(docker).findings
    assert {it.rule for it in found} <= {"B2", "K8"}
    return [(it.object_id, it.effective_severity) for it in found if it.rule == "B2"]


def test_builds_fail_on_a_finished_record_whose_snapshot_is_gone(
    docker: Path, store: ContainerdBuilder
) -> None:
    store.snapshot("other")
    store.write()
    write(docker, {"one": {"cache.snapshot": "gone", "snapshot.committed": True}})
    assert lost(docker) == [("one", "error")]


def test_records_that_may_be_without_a_snapshot(docker: Path, store: ContainerdBuilder) -> None:
    """A packed one that was never unpacked, and what another record has the files of."""
    store.snapshot("files")
    store.write()
    packed = {"snapshot.committed": True, "cache.blobonly": True}
    write(
        docker,
        {
            "files": {},
            "finished": {"snapshot.committed": True, "cache.equalMutable": "files"},
            "packed": {"cache.snapshot": "never-unpacked", **packed},
        },
    )
    assert lost(docker) == []


def test_a_packed_record_was_unpacked_where_other_snapshots_are_on_it(
    docker: Path, store: ContainerdBuilder
) -> None:
    store.snapshot("gone")
    store.snapshot("above", "gone")
    del store.space("snapshots", "overlayfs")[b"gone"]
    store.write()
    packed = {"snapshot.committed": True, "cache.blobonly": True}
    write(docker, {"packed": {"cache.snapshot": "gone", **packed}})
    assert lost(docker) == [("packed", "error")]


def test_a_store_without_builds_has_no_build_cache(docker: Path, store: ContainerdBuilder) -> None:
    store.snapshot("key")
    store.write()
    (docker / FILE).parent.mkdir(parents=True)
    found = read(docker).build_cache
    assert (found.records_state, found.records, found.findings) == ("absent", (), ())


def test_records_that_are_damaged_are_b1(docker: Path, store: ContainerdBuilder) -> None:
    store.image("docker.io/library/web:1", [b"web"])
    store.write()
    write(docker, {"one": {}}).write_bytes(b"nothing")
    found = read(docker)
    assert rules(found) == [("B1", None)]
    assert found.findings[0].path == FILE
    assert found.build_cache.records_state == "unreadable"
    assert len(found.images) == 1


def test_records_stay_listed_where_the_snapshots_cannot_be_told(
    docker: Path, store: ContainerdBuilder
) -> None:
    for number in range(200):
        store.snapshot(f"key-{number:03}")
    store.snapshot("one", kind="active")
    store.write()
    write(docker, {"one": {}, "two": {}})
    path = next(store.top.glob("*/meta.db"))
    path.write_bytes(path.read_bytes().replace(b"key-150", b"\xff" * 7))
    found = read(docker).build_cache
    assert found.state == "unreadable"
    assert [it.listed for it in found.records] == [True, True]


def test_a_folder_without_records_hides_no_other_one(
    docker: Path, store: ContainerdBuilder
) -> None:
    """As one that another snapshotter left: the databases after it still have fingerprints."""
    store.write()
    write(docker, {"one": {}})
    (docker / "buildkit/containerd-native").mkdir()
    before = fingerprints(docker)
    assert FILE in before
    (docker / FILE).write_bytes(metadata_db({"one": {}, "two": {}}))
    assert fingerprints(docker) != before
