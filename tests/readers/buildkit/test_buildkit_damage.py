"""What is said of a build cache that is absent, damaged or not right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from indexer.docker.rules import RULES
from tests.readers.buildkit.buildkit_samples import (
    ENGINES,
    LEASES,
    METADATA,
    SNAPSHOTS,
    files,
    metadata_db,
    read,
    read_root,
    snapshots_db,
)
from tests.readers.encodings.bolt_writer import bolt_file

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.docker.rules.finding import Finding

CHAIN = f"sha256:{'c' * 64}"
DONE = {"snapshot.committed": True}
REAL = files(ENGINES[1])


def only(findings: tuple[Finding, ...]) -> Finding:
    """The one finding, whose rule is known and whose message names its file."""
    (finding,) = findings
    assert finding.rule in RULES
    assert finding.message.startswith(f"{finding.path} ")
    assert finding.message.endswith(".")
    return finding


def test_a_root_without_buildkit(tmp_path: Path) -> None:
    """Where BuildKit never ran there is nothing, and nothing is wrong."""
    assert read_root(tmp_path) == ("absent", (), "absent", (), ())


def test_the_build_cache_of_a_containerd_store(tmp_path: Path) -> None:
    """What BuildKit keeps for another store is no build cache of a graph driver."""
    (tmp_path / "buildkit" / "containerd-overlayfs").mkdir(parents=True)
    assert read(tmp_path, {"cache.db": b"", "history_c8d.db": b""}).state == "absent"


@pytest.mark.parametrize("share", [0, 0.01, 0.1, 0.2])
def test_snapshots_that_are_cut_off(tmp_path: Path, share: float) -> None:
    """The records are still there, but whose a directory is cannot be told."""
    cut = REAL[SNAPSHOTS][: int(len(REAL[SNAPSHOTS]) * share)]
    found = read(tmp_path, REAL | {SNAPSHOTS: cut})
    finding = only(found.findings)
    assert (finding.rule, finding.path) == ("B1", "buildkit/snapshots.db")
    assert (found.state, found.records_state) == ("unreadable", "readable")
    assert sum(record.listed for record in found.records) == 51


@pytest.mark.parametrize("share", [0, 0.01, 0.1, 0.2])
def test_metadata_that_are_cut_off(tmp_path: Path, share: float) -> None:
    """The snapshots are still known: only the records are not all there."""
    cut = REAL[METADATA][: int(len(REAL[METADATA]) * share)]
    found = read(tmp_path, REAL | {METADATA: cut})
    finding = only(found.findings)
    assert (finding.rule, finding.path) == ("B1", "buildkit/metadata_v2.db")
    assert (found.state, found.records_state) == ("readable", "unreadable")
    assert len(found.snapshots) == 43


def test_leases_that_are_damaged(tmp_path: Path) -> None:
    """The builder does not start without its leases, though nothing else is lost."""
    found = read(tmp_path, REAL | {LEASES: b"\xff" * 8192})
    assert only(found.findings).path == "buildkit/containerdmeta.db"
    assert (found.state, found.records_state) == ("readable", "readable")


def test_snapshots_that_are_missing(tmp_path: Path) -> None:
    """Where other files of the graph driver's build cache are, the snapshots must be too."""
    found = read(tmp_path, {name: data for name, data in REAL.items() if name != SNAPSHOTS})
    finding = only(found.findings)
    assert (finding.rule, found.state) == ("B1", "unreadable")
    assert "is missing" in finding.message


def test_a_link_in_place_of_a_file(tmp_path: Path) -> None:
    """A symbolic link is not followed."""
    (tmp_path / "elsewhere").write_bytes(REAL[SNAPSHOTS])
    (tmp_path / "buildkit").mkdir()
    (tmp_path / "buildkit" / SNAPSHOTS).symlink_to(tmp_path / "elsewhere")
    found = read_root(tmp_path)
    assert only(found.findings).rule == "S1"
    assert (found.state, found.snapshots) == ("unreadable", ())


def test_a_link_in_place_of_the_folder(tmp_path: Path) -> None:
    """Nothing is known where the folder itself is not followed."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "buildkit").symlink_to(tmp_path / "elsewhere")
    found = read_root(tmp_path)
    assert only(found.findings).rule == "S1"
    assert (found.state, found.records_state) == ("unreadable", "unreadable")


def test_a_file_that_is_a_database_of_something_else(tmp_path: Path) -> None:
    """A sound database without records has none."""
    found = read(tmp_path, {METADATA: bolt_file({b"a": b"b"}), SNAPSHOTS: snapshots_db()})
    assert (found.records_state, found.records, found.findings) == ("readable", (), ())


def test_a_committed_snapshot_without_its_directory(tmp_path: Path) -> None:
    """A name that was committed from what is not there is reported, its directory still claimed."""
    found = read(tmp_path, {SNAPSHOTS: snapshots_db(name={"committed": "k"})})
    finding = only(found.findings)
    assert (finding.rule, finding.object_id) == ("B3", "name")
    assert [snapshot.directory for snapshot in found.snapshots] == ["k"]


def test_a_directory_that_nothing_was_committed_from(tmp_path: Path) -> None:
    """A directory marked as committed that no name leads to is reported, and still claimed."""
    found = read(tmp_path, {SNAPSHOTS: snapshots_db(k={"iscommitted": "", "parent": ""})})
    assert only(found.findings).rule == "B3"
    assert [snapshot.directory for snapshot in found.snapshots] == ["k"]


def test_a_chain_id_that_is_none(tmp_path: Path) -> None:
    """What is no digest is reported and not taken for a chain ID."""
    found = read(
        tmp_path,
        {SNAPSHOTS: snapshots_db(k={"parent": ""}, name={"committed": "k", "chainid": "sha256:x"})},
    )
    assert only(found.findings).rule == "B4"
    assert found.snapshots[0].chain_id is None


@pytest.mark.parametrize("name", ["../../etc", "a/b", "..", ".", "a\nb", "a\x00b", "\udcff"])
def test_names_that_are_no_directories(tmp_path: Path, name: str) -> None:
    """A name that would leave the folder of the driver is reported and leads nowhere."""
    hostile = name.encode("utf-8", "surrogateescape")
    content = {
        SNAPSHOTS: bolt_file({hostile: {b"parent": b""}, b"n": {b"committed": hostile}}),
        METADATA: metadata_db({"n": DONE}),
    }
    found = read(tmp_path, content)
    assert {finding.rule for finding in found.findings} == {"B2"}
    assert found.snapshots == ()
    assert found.records[0].directory is None
    assert not re.search("[\x00\udcff]", only(found.findings).message)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cache.createdAt", b"{"),
        ("cache.createdAt", "yesterday"),
        ("cache.usageCount", 2**70),
        ("snapshot.size", 1.5),
        ("snapshot.committed", "yes"),
        ("cache.mergeParents", [1]),
        ("cache.recordType", {}),
        ("cache.blob", "sha256:short"),
    ],
)
def test_values_that_do_not_decode(tmp_path: Path, key: str, value: object) -> None:
    """A bad value is reported under its record and counts as never set."""
    content = {
        METADATA: metadata_db({"a": {key: value}}),
        SNAPSHOTS: snapshots_db(a={"parent": ""}),
    }
    found = read(tmp_path, content)
    finding = only(found.findings)
    assert (finding.rule, finding.object_id) == ("B7", "a")
    assert key in finding.message
    assert found.records == read(tmp_path, content | {METADATA: metadata_db({"a": {}})}).records


def test_a_parent_that_is_missing(tmp_path: Path) -> None:
    """A record on one that is not there is reported and not listed."""
    content = {
        METADATA: metadata_db({"a": DONE | {"cache.parent": "b"}, "c": DONE}),
        SNAPSHOTS: snapshots_db(),
    }
    found = read(tmp_path, content)
    assert (only(found.findings).rule, only(found.findings).object_id) == ("B6", "a")
    assert [record.record_id for record in found.records if record.listed] == ["c"]


def test_parents_that_form_a_circle(tmp_path: Path) -> None:
    """Records that are below themselves are reported, and reading them comes to an end."""
    content = {
        METADATA: metadata_db(
            {
                "a": DONE | {"cache.parent": "b"},
                "b": DONE | {"cache.parent": "a"},
                "self": DONE | {"cache.equalMutable": "self"},
                "above": DONE | {"cache.mergeParents": ["a", "fine"]},
                "fine": DONE,
            }
        ),
        SNAPSHOTS: snapshots_db(),
    }
    found = read(tmp_path, content)
    assert [finding.object_id for finding in found.findings] == ["a", "above", "b", "self"]
    assert {finding.rule for finding in found.findings} == {"B6"}
    assert [record.record_id for record in found.records if record.listed] == ["fine"]
