"""The comparison with engines itself: whatever is wrong in an index, it notices.

This tests tests, and takes longer than all that the comparison is used for: it is for `make fuzz`.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.harness.answers import Answers
from tests.engine.harness.compare import compare
from tests.engine.harness.compare_directories import compare_directories
from tests.engine.harness.comparison import Comparison
from tests.engine.harness.index_answers import Index
from tests.roots import truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

pytestmark = pytest.mark.fuzz

ROOT = "26.1.5-overlay2"
CONTAINERD_ROOT = "29.7.2-c8d-sysctrd"

UNSAID = {
    "image_history": {"author"},
    "repositories": {"domain", "path"},
    "store_images": {"built_locally", "expires_at"},
    "store_layers": {"recorded_parent"},
    "containers": {"log_bytes"},
    "container_labels": {"root_id"},
    "container_env": {"root_id"},
    "container_ports": {"root_id", "position"},
    "container_mounts": {"mount_name"},
    "container_networks": {"root_id"},
    "volume_labels": {"root_id"},
    "build_records": {"mutable", "snapshot", "directory", "diff_id", "blob_digest"},
    "build_parents": {"store_id"},
}
"""Columns that no answer of the engine about a captured root can confirm."""

COMPARED = (
    *("images", "image_layers", "image_history", "image_labels", "image_env", "image_ports"),
    *("image_volumes", "layers", "tags", "repo_digests", "repositories", "store_images"),
    *("store_layers", "mounts", "containers", "container_labels", "container_env"),
    *("container_ports", "container_mounts", "container_networks", "volumes", "volume_labels"),
    *("volume_options", "build_records", "build_parents"),
)


UNSAID_OF_CONTAINERD = {
    "manifests": {"artifact_type", "config_bytes"},
    "manifest_layers": {"position", "media_type", "size_bytes"},
    "index_manifests": {"position", "os", "architecture", "variant", "os_version", "attestation"},
    "store_blobs": {"created_at", "diff_id", "kept", "media_type"},
    "store_images": {"built_locally", "expires_at"},
    "snapshots": {"created_at", "kept", "updated_at"},
}
"""Columns that no answer of an engine with the containerd store can confirm."""

COMPARED_OF_CONTAINERD: dict[str, tuple[str, ...]] = {
    "manifests": (),
    "manifest_layers": (),
    "index_manifests": (),
    "image_manifests": (),
    "store_blobs": (),
    "snapshots": (),
    "store_images": (),
    "tags": ("image_id", "engine_image_id"),
    "repo_digests": ("image_id", "engine_image_id", "digest"),
    "mounts": ("mount_id", "init_id", "parent_chain_id"),
    "containers": ("image_id", "engine_image_id", "manifest_digest"),
    "build_records": ("shared", "size_bytes", "blob_digest", "directory"),
}
"""Tables whose rows are others with this store, and their columns where most are the same."""

CASES = [(ROOT, table) for table in COMPARED]
CASES += [(CONTAINERD_ROOT, table) for table in COMPARED_OF_CONTAINERD]


@pytest.mark.parametrize(("root", "table"), CASES)
def test_a_wrong_value_is_noticed_in_any_column(
    root: str, table: str, golden_index: Callable[[str], Index], tmp_path: Path
) -> None:
    """Change all values of one column: the comparison has something to say."""
    index, answers = golden_index(root), Answers.from_folder(truth(root))
    unsaid, columns = UNSAID, _columns(index.path, table)
    if root == CONTAINERD_ROOT:
        unsaid, chosen = UNSAID_OF_CONTAINERD, COMPARED_OF_CONTAINERD[table]
        columns = [column for column in columns if not chosen or column[0] in chosen]
    unnoticed = set()
    for column, kind in columns:
        spoilt = Index(tmp_path / f"{column}.db", index.root)
        _spoil(index.path, spoilt.path, table, column, kind)
        if not _differs(spoilt, answers):
            unnoticed.add(column)

    assert unnoticed == unsaid.get(table, set()) | (unnoticed & {"first_seen_at"})


@pytest.mark.parametrize(("root", "table"), CASES)
def test_a_missing_row_is_noticed_in_any_table(
    root: str, table: str, golden_index: Callable[[str], Index], tmp_path: Path
) -> None:
    """Take all rows out of one table: the comparison has something to say."""
    index = golden_index(root)
    emptied = Index(tmp_path / "index.db", index.root)
    with _copy(index.path, emptied.path) as copy:
        rows = copy.execute(f"DELETE FROM {table}").rowcount
    copy.close()

    assert rows > 0
    assert _differs(emptied, Answers.from_folder(truth(root)))


class _NoticedError(Exception):
    """There is a mismatch."""


class _UntilNoticed(Comparison):
    """A comparison that ends with the first mismatch."""

    def equal(self, thing: str, field: str, ours: object, theirs: object) -> None:
        super().equal(thing, field, ours, theirs)
        self._end()

    def same_things(self, kind: str, ours: Iterable[Any], theirs: Iterable[Any]) -> list[Any]:
        both = super().same_things(kind, ours, theirs)
        self._end()
        return both

    def _end(self) -> None:
        if self.mismatches:
            raise _NoticedError


def _differs(index: Index, answers: Answers) -> bool:
    comparison = _UntilNoticed()
    try:
        compare(index, answers, comparison=comparison)
        if answers.has_containerd_store:
            compare_directories(comparison, index, answers)
    except (_NoticedError, ValueError):
        # The latter is of a text that is no JSON or no time any more.
        return True
    return False


def _columns(path: Path, table: str) -> list[tuple[str, str]]:
    connection = sqlite3.connect(path)
    rows = connection.execute(f"SELECT name, type FROM pragma_table_info('{table}')").fetchall()
    connection.close()
    return rows


def _spoil(source: Path, target: Path, table: str, column: str, kind: str) -> None:
    if kind == "INTEGER":
        wrong = f"COALESCE({column}, 0) + 1000"
    elif column.endswith("_at"):
        wrong = f"COALESCE('1' || SUBSTR({column}, 2), '1999-01-01T00:00:00.000000000Z')"
    else:
        wrong = f"COALESCE({column}, '') || 'x'"
    with _copy(source, target) as copy:
        copy.execute(f"UPDATE {table} SET {column} = {wrong}")
    copy.close()


def _copy(source: Path, target: Path) -> sqlite3.Connection:
    original, copy = sqlite3.connect(source), sqlite3.connect(target)
    original.backup(copy)
    original.close()
    return copy
