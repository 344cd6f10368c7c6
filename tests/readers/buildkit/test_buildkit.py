"""The build cache of three real engines is read as those engines listed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from indexer.docker.encodings.times import utc_text
from tests.readers.buildkit.buildkit_samples import ENGINES, answers, files, read

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.docker.buildkit.build_cache import BuildKit
    from indexer.docker.buildkit.records import BuildRecord


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The name of a real engine."""
    name: str = request.param
    return name


@pytest.fixture
def buildkit(engine: str, tmp_path: Path) -> BuildKit:
    """What is read of that engine's files."""
    return read(tmp_path, files(engine))


def as_read(record: BuildRecord) -> dict[str, Any]:
    """A record under the names of the engine's API."""
    return {
        "ID": record.record_id,
        "Type": record.type,
        "Description": record.description,
        "CreatedAt": record.created_at,
        "LastUsedAt": record.last_used_at,
        "UsageCount": record.usage_count,
        "Size": record.size,
        "Parents": list(record.parents),
    }


def as_said(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer in the same form: 20.10 has one parent, later engines misspell their list."""
    parent = answer.get("Parent")
    used = answer["LastUsedAt"]
    kept = {name: answer[name] for name in ("ID", "Type", "Description", "UsageCount", "Size")}
    return kept | {
        "CreatedAt": utc_text(answer["CreatedAt"]),
        "LastUsedAt": None if used is None else utc_text(used),
        "Parents": answer.get(" Parents", [parent] if parent else []),
    }


def test_every_record_is_what_the_engine_said(buildkit: BuildKit, engine: str) -> None:
    """The listed records are those of the engine, in every field."""
    said = [as_said(answer) for answer in answers(engine)["BuildCache"]]
    assert [as_read(record) for record in buildkit.records if record.listed] == said
    assert len(said) > 15


def test_every_directory_of_buildkit_has_a_snapshot(buildkit: BuildKit, engine: str) -> None:
    """The directories with names as BuildKit makes them are those of the snapshots."""
    assert [snapshot.directory for snapshot in buildkit.snapshots] == answers(engine)["directories"]


def test_snapshots_that_became_image_layers(buildkit: BuildKit, engine: str) -> None:
    """A snapshot with a chain ID lies in the directory of that layer."""
    layers = {
        snapshot.chain_id: snapshot.directory
        for snapshot in buildkit.snapshots
        if snapshot.chain_id is not None
    }
    cache_ids = answers(engine)["cache_ids"]
    assert layers == {chain_id: cache_ids[chain_id] for chain_id in layers}
    assert layers


def test_every_record_leads_to_its_files(buildkit: BuildKit) -> None:
    """A record has a directory or is an image layer, and no snapshot is without a record."""
    for record in buildkit.records:
        assert record.directory is not None or record.snapshot == record.chain_id
    used = {record.directory for record in buildkit.records if record.listed}
    assert {snapshot.directory for snapshot in buildkit.snapshots} <= used


def test_records_that_are_not_listed_share_their_files(buildkit: BuildKit) -> None:
    """A record that the engine leaves out has the directory of a mutable one that it lists."""
    shown = {record.directory: record for record in buildkit.records if record.listed}
    hidden = [record for record in buildkit.records if not record.listed]
    assert hidden
    for record in hidden:
        assert not record.mutable
        assert shown[record.directory].mutable


def test_sound_files_have_no_findings(buildkit: BuildKit) -> None:
    """Everything is readable and right in the files of a healthy engine."""
    assert (buildkit.state, buildkit.records_state) == ("readable", "readable")
    assert buildkit.findings == ()


def test_a_local_source(tmp_path: Path) -> None:
    """A build context is a mutable record with a directory of its own and no parent."""
    record = {record.record_id: record for record in read(tmp_path, files(ENGINES[1])).records}[
        "z1mu29ireug3qr8bat23wcjzx"
    ]
    assert record.type == "source.local"
    assert record.mutable
    assert record.directory == record.snapshot == record.record_id
    assert (record.parents, record.chain_id, record.diff_id) == ((), None, None)


def test_a_layer_of_the_base_image(tmp_path: Path) -> None:
    """A record that stands for a layer of a pulled image knows its chain ID and diff ID."""
    record = {record.record_id: record for record in read(tmp_path, files(ENGINES[1])).records}[
        "6hm2ygbz4ff4mmm8i8zmaztbn"
    ]
    chain_id = "sha256:c47213845a0e664179a1e41fdaebe8755fc0fd075ebeb529f84039f320dd1f17"
    assert record.chain_id == record.snapshot == chain_id
    assert record.diff_id == (
        "sha256:da5e60d59b1e0b37cda4c78f9772c86333041095f24e7d83af36f8ee9503efc1"
    )
    assert (record.directory, record.blob_digest, record.size) == (None, None, 0)
