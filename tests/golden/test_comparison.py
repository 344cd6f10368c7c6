"""The comparison with engines itself: whatever is wrong in an index, it notices."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from tests.engine.answers import Answers
from tests.engine.compare import compare
from tests.engine.index_answers import Index
from tests.roots import truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROOT = "26.1.5-overlay2"

UNSAID = {
    "image_history": {"author"},
    "repositories": {"domain", "path"},
    "store_images": {"built_locally"},
    "store_layers": {"noted_parent"},
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


@pytest.fixture(scope="module")
def index(golden_root: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Index:
    """An index that agrees with its engine."""
    index = Index(tmp_path_factory.mktemp("compared") / "index.db", golden_root(ROOT))
    index.sync()
    return index


@pytest.mark.parametrize("table", COMPARED)
def test_a_wrong_value_is_noticed_in_any_column(table: str, index: Index, tmp_path: Path) -> None:
    """Change all values of one column: the comparison has something to say."""
    answers = Answers.from_folder(truth(ROOT))
    unnoticed = set()
    for column, kind in _columns(index.path, table):
        spoilt = Index(tmp_path / f"{column}.db", index.root)
        _spoil(index.path, spoilt.path, table, column, kind)
        if not _differs(spoilt, answers):
            unnoticed.add(column)

    assert unnoticed == UNSAID.get(table, set()) | (unnoticed & {"first_seen_at"})


@pytest.mark.parametrize("table", COMPARED)
def test_a_missing_row_is_noticed_in_any_table(table: str, index: Index, tmp_path: Path) -> None:
    """Take all rows out of one table: the comparison has something to say."""
    emptied = Index(tmp_path / "index.db", index.root)
    with _copy(index.path, emptied.path) as copy:
        rows = copy.execute(f"DELETE FROM {table}").rowcount
    copy.close()

    assert rows > 0
    assert _differs(emptied, Answers.from_folder(truth(ROOT)))


def _differs(index: Index, answers: Answers) -> bool:
    try:
        return bool(compare(index, answers).mismatches)
    except ValueError:
        # A text that is no JSON or no time any more.
        return True


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
