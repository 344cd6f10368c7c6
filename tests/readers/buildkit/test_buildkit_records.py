"""Which records are listed, where their files and sizes are, and how it was before 20.10."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.readers.buildkit.buildkit_samples import (
    METADATA,
    OLD_METADATA,
    SNAPSHOTS,
    metadata_db,
    read,
    snapshots_db,
)

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.docker.buildkit.records import BuildRecord

CHAIN = f"sha256:{'c' * 64}"
BLOB = f"sha256:{'b' * 64}"
DONE = {"snapshot.committed": True}


def read_records(
    top: Path, records: dict[str, dict[str, Any]], **buckets: dict[str, str]
) -> dict[str, BuildRecord]:
    """The records read of these metadata and snapshots, by ID."""
    content = {METADATA: metadata_db(records), SNAPSHOTS: snapshots_db(**buckets)}
    return {record.record_id: record for record in read(top, content).records}


def listed(records: dict[str, BuildRecord]) -> set[str]:
    """The IDs of the listed records."""
    return {key for key, record in records.items() if record.listed}


def test_a_record_of_which_nothing_is_noted(tmp_path: Path) -> None:
    """What was never set is None, but the type is regular and the count 0."""
    record = read_records(tmp_path, {"a": {}}, a={"parent": ""})["a"]
    assert (record.type, record.usage_count, record.parents) == ("regular", 0, ())
    assert (record.description, record.created_at, record.last_used_at) == (None, None, None)
    assert (record.size, record.chain_id, record.diff_id) == (None, None, None)
    assert (record.mutable, record.listed, record.directory) == (True, True, "a")


def test_a_value_that_was_taken_back(tmp_path: Path) -> None:
    """A value of no bytes counts as never set."""
    record = read_records(tmp_path, {"a": DONE | {"cache.equalMutable": b""}})["a"]
    assert record.listed
    assert not record.mutable


def test_a_time_of_use_without_a_count(tmp_path: Path) -> None:
    """The engine shows no time of use where there is no count of uses."""
    used = {"cache.lastUsedAt": 1795508682416422606}
    records = read_records(tmp_path, {"a": DONE | used, "b": DONE | used | {"cache.usageCount": 2}})
    assert (records["a"].last_used_at, records["a"].usage_count) == (None, 0)
    assert records["b"].last_used_at == "2026-11-24T08:24:42.416422606Z"
    assert records["b"].usage_count == 2


def test_sizes_that_are_not_measured_are_unknown(tmp_path: Path) -> None:
    """A size of -1, or none at all, is None unless the snapshot or the twin has one."""
    records = read_records(
        tmp_path,
        {
            "unset": DONE,
            "minus": DONE | {"snapshot.size": -1},
            "noted": DONE | {"snapshot.size": -1},
            "layer": DONE | {"snapshot.size": -1},
            "twin": {},
            "final": DONE | {"cache.equalMutable": "twin", "snapshot.size": 7},
        },
        noted={"committed": "k", "size": "12"},
        layer={"committed": "l", "chainid": CHAIN},
        k={"parent": "", "iscommitted": ""},
        l={"parent": "", "iscommitted": ""},
        twin={"parent": ""},
    )
    assert {key: record.size for key, record in records.items()} == {
        "unset": None,
        "minus": None,
        "noted": 12,
        "layer": None,
        "twin": 7,
        "final": 7,
    }
    assert records["layer"].chain_id == CHAIN


def test_sizes_of_records_without_files(tmp_path: Path) -> None:
    """A record that only names a layer takes no space; one with a blob is not measured."""
    only = DONE | {"cache.blobonly": True, "cache.snapshot": CHAIN}
    records = read_records(
        tmp_path,
        {"a": only, "b": only | {"cache.blob": BLOB}},
        **{CHAIN: {}},
    )
    assert (records["a"].size, records["a"].blob_digest) == (0, None)
    assert (records["b"].size, records["b"].blob_digest) == (None, BLOB)


def test_parents_of_merges_and_differences(tmp_path: Path) -> None:
    """Merges have many parents, differences a lower and an upper one, and neither is mutable."""
    records = read_records(
        tmp_path,
        {
            "a": DONE,
            "b": DONE,
            "merge": {"cache.mergeParents": ["b", "a"]},
            "diff": {"cache.lowerDiffParent": "a", "cache.upperDiffParent": "b"},
            "layer": DONE | {"cache.parent": "a", "cache.mergeParents": ["b"]},
        },
    )
    assert records["merge"].parents == ("b", "a")
    assert records["diff"].parents == ("a", "b")
    assert records["layer"].parents == ("a",)
    assert not any(record.mutable for record in records.values())
    assert listed(records) == set(records)


def test_of_two_records_with_the_same_files_one_is_listed(tmp_path: Path) -> None:
    """It is the mutable one, or the immutable one where another record is on top of it."""
    twins = {"m": {}, "i": DONE | {"cache.equalMutable": "m"}}
    above = {"top": DONE | {"cache.parent": "i"}}
    assert listed(read_records(tmp_path, twins, m={"parent": ""})) == {"m"}
    assert listed(read_records(tmp_path, twins | above, m={"parent": ""})) == {"i", "top"}


def test_a_twin_that_is_gone(tmp_path: Path) -> None:
    """Without its twin a record is listed where its own snapshot was made, and dropped else."""
    twinless = {"i": DONE | {"cache.equalMutable": "m"}}
    made = read_records(tmp_path, twinless, i={"committed": "k"}, k={"parent": ""})
    assert listed(made) == {"i"}
    assert made["i"].directory == "k"
    assert listed(read_records(tmp_path, twinless, other={"parent": ""})) == set()


def test_what_the_engine_drops_is_not_listed(tmp_path: Path) -> None:
    """Deleted records, mutable ones without a snapshot and all that is on them are dropped."""
    records = read_records(
        tmp_path,
        {
            "deleted": DONE | {"cache.deleted": True},
            "above": DONE | {"cache.parent": "deleted"},
            "higher": DONE | {"cache.parent": "above"},
            "lost": {},
            "kept": DONE,
        },
        other={"parent": ""},
    )
    assert listed(records) == {"kept"}
    assert set(records) == {"deleted", "above", "higher", "lost", "kept"}


def test_a_deep_stack_of_records(tmp_path: Path) -> None:
    """Thousands of records on top of each other are all listed."""
    records = {f"r{n:05}": DONE | {"cache.parent": f"r{n - 1:05}"} for n in range(1, 3000)}
    found = read_records(
        tmp_path, records | {"r00000": DONE}, r02999={"committed": "k", "chainid": CHAIN}, k={}
    )
    assert len(listed(found)) == 3000


def test_the_metadata_of_engines_before_20_10(tmp_path: Path) -> None:
    """The old file does not say what is on what: the snapshots do."""
    content = {
        OLD_METADATA: metadata_db(
            {
                "low": {"snapshot.size": 5},
                "high": {},
                "twin": {"cache.equalMutable": "high"},
                "gone": {},
                CHAIN: {},
            }
        ),
        SNAPSHOTS: snapshots_db(
            k={"parent": CHAIN},
            low={"committed": "k"},
            high={"parent": "low"},
            **{CHAIN: {}},
        ),
    }
    found = read(tmp_path, content)
    records = {record.record_id: record for record in found.records}
    assert found.findings == ()
    assert listed(records) == {"low", "high", CHAIN}
    assert records["low"].parents == (CHAIN,)
    assert records["high"].parents == records["twin"].parents == ("low",)
    assert [records[key].mutable for key in ("low", "high", "twin", CHAIN)] == [
        False,
        True,
        False,
        False,
    ]
    assert [records[key].directory for key in ("low", "high", "twin", CHAIN)] == [
        "k",
        "high",
        "high",
        None,
    ]
    assert records[CHAIN].chain_id == CHAIN


def test_the_newer_metadata_file_wins(tmp_path: Path) -> None:
    """The engine leaves the old file where it was when it writes the new one."""
    content = {
        OLD_METADATA: metadata_db({"old": DONE}),
        METADATA: metadata_db({"new": DONE}),
        SNAPSHOTS: snapshots_db(),
    }
    assert [record.record_id for record in read(tmp_path, content).records] == ["new"]


def test_snapshots_that_are_built_in_and_committed(tmp_path: Path) -> None:
    """A snapshot has its directory's name, the name it was committed as, parent, layer and size."""
    content = {
        SNAPSHOTS: snapshots_db(
            open={"parent": CHAIN, "size": "3"},
            k={"parent": "", "iscommitted": "", "size": "4"},
            name={"committed": "k", "chainid": CHAIN},
            record={"chainid": CHAIN},
            **{CHAIN: {}},
        )
    }
    found = read(tmp_path, content)
    assert [tuple(snapshot) for snapshot in found.snapshots] == [
        ("k", "name", None, CHAIN, 4),
        ("open", None, CHAIN, None, 3),
    ]
    assert (found.state, found.records_state) == ("readable", "absent")
