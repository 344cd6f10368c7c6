"""`dockidx query`, `dockidx sql` and `dockidx changes`: what is asked, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from indexer.cli import main
from tests.cli.commands import dockidx, sync
from tests.rootbuilder import RootBuilder
from tests.sync.index_files import contents

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that is only read, with one change."""
    folder = tmp_path_factory.mktemp("query")
    root = RootBuilder(folder / "docker")
    base = root.image([b"base"], tag="base:1")
    root.image([b"app"], tag="app:1", base=base)
    sync(root.path, folder / "index.db")
    root.untag("app:1")
    sync(root.path, folder / "index.db")
    return folder / "index.db"


def rows(*arguments: str | Path) -> list[dict[str, object]]:
    """The rows that a command prints."""
    done = dockidx(*arguments, "--format", "json")
    assert (done.code, done.err) == (0, "")
    found: list[dict[str, object]] = json.loads(done.out)
    return found


def test_the_list_of_queries() -> None:
    """Without a name each query is listed with its parameters and its title."""
    listed = {row["name"]: row for row in rows("query")}
    assert listed["images"]["parameters"] == ""
    assert listed["image-layers"]["parameters"] == "image"
    assert all(row["title"] for row in listed.values())


def test_a_parameter(index: Path) -> None:
    """A query answers for what it is asked about; a value may hold an equals sign."""
    layers = rows("query", "image-layers", "-p", "image=base:1", "--db", index)
    assert [layer["position"] for layer in layers] == [1]
    assert len(rows("query", "image-layers", "--db", index)) == 3
    assert "image='a=b'" in dockidx("query", "image-layers", "-p", "image=a=b", "--db", index).err
    assert len(rows("query", "largest-layers", "-p", "limit=1", "--db", index)) == 1


def test_a_value_without_a_key(index: Path) -> None:
    """It is the first parameter of the query; a time is understood there too."""
    layers = rows("query", "image-layers", "base:1", "--db", index)
    assert layers == rows("query", "image-layers", "-p", "image=base:1", "--db", index)
    assert len(rows("query", "largest-layers", "1", "--db", index)) == 1
    assert len(rows("query", "changes", "24h", "--db", index)) == 1


@pytest.mark.parametrize(
    ("text", "shown"), [(b"SELECT 'a' AS b\n", "a"), (b"SELECT 'a\xff' AS b", "a\\xff")]
)
def test_a_statement_on_standard_input(index: Path, text: bytes, shown: str) -> None:
    """A - stands for it; bytes that are not UTF-8 are as the index has them."""
    done = CliRunner().invoke(main, ["sql", "-", "--db", str(index), "-q"], input=text)
    assert (done.exit_code, done.stdout) == (0, f"{shown}\n")


def test_layers_and_steps_say_their_platform(index: Path) -> None:
    """The system and the architecture, as Docker writes a platform."""
    for name in ("image-layers", "image-history"):
        found = rows("query", name, "base:1", "--db", index)
        assert {row["platform"] for row in found} == {"linux/amd64"}


def test_the_last_of_a_repeated_parameter(index: Path) -> None:
    """A parameter that is given twice has its last value."""
    words = ["query", "image-layers", "-p", "image=nothing", "-p", "image=base:1", "--db", index]
    assert len(rows(*words)) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nonsense"], "There is no query 'nonsense'; `dockidx query` without a name lists them."),
        (["../queries/images"], "There is no query '../queries/images'"),
        (["images", "-p", "image=x"], "Query 'images' has no parameter 'image'. It takes none."),
        (["base-image", "-p", "x=1"], "Query 'base-image' has no parameter 'x'. It takes image."),
        (["images", "-p", "image"], "'image' is not KEY=VALUE."),
        (["images", "x"], "Query 'images' has no parameter, so leave out 'x'."),
        (["base-image", "x", "-p", "image=y"], "'x' and -p image=… are the same parameter"),
        (["-p", "image=x"], "A parameter needs the NAME of a query before it."),
        (["largest-layers", "-p", "limit=many"], "takes a whole number, 0 or more, not 'many'"),
        (["largest-layers", "-p", "limit=1.5"], "takes a whole number, 0 or more, not '1.5'"),
        (["largest-layers", "-p", "limit=-1"], "takes a whole number, 0 or more, not '-1'"),
        (["changes", "-p", "since=yesterday"], "'yesterday' is neither a UTC time like"),
        (
            ["diff-syncs", "-p", "until=24"],
            "Invalid value for -p until: '24' is neither a UTC time",
        ),
    ],
)
def test_what_is_not_asked_properly(index: Path, words: list[str], sentence: str) -> None:
    """The error says what there is instead."""
    done = dockidx("query", *words, "--db", index)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err


def test_any_sql_that_reads(index: Path) -> None:
    """Tables and views are there for whatever is asked."""
    counted = rows("sql", "SELECT COUNT(*) AS images FROM images", "--db", index)
    assert counted == [{"images": 2}]
    listed = rows("sql", "WITH t AS (SELECT 1 AS a) SELECT a, ':x' AS b FROM t", "--db", index)
    assert listed == [{"a": 1, "b": ":x"}]
    assert rows("sql", "PRAGMA table_info(tags)", "--db", index)[0]["name"] == "store_id"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM images",
        "INSERT INTO hosts (host, first_seen_at) VALUES ('a', 'b')",
        "UPDATE images SET os = 'x'",
        "DROP TABLE images",
        "CREATE TABLE t (a)",
        "CREATE TEMP TABLE t (a)",
        "ATTACH '{folder}/other.db' AS other",
        "DETACH main",
        "PRAGMA user_version = 5",
        "PRAGMA journal_mode = DELETE",
        "VACUUM",
        "VACUUM INTO '{folder}/copy.db'",
        "REINDEX",
        "SELECT load_extension('x')",
        "SELECT 1; DELETE FROM images",
        "SELECT",
        "SELECT ?",
        "nonsense",
        "SELECT * FROM nowhere",
    ],
)
def test_sql_that_does_not_read(index: Path, tmp_path: Path, statement: str) -> None:
    """It is refused in one sentence; neither the index nor any other file is written."""
    before, bytes_before = contents(index), index.read_bytes()
    done = dockidx("sql", statement.replace("{folder}", str(tmp_path)), "--db", index)
    assert (done.code, done.out) == (2, ""), done
    assert "Traceback" not in done.err
    assert "SQLite says: " in done.err
    assert contents(index) == before
    assert index.read_bytes() == bytes_before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("statement", ["", " ", ";"])
def test_sql_that_is_nothing(index: Path, statement: str) -> None:
    """An empty statement has no rows."""
    done = dockidx("sql", statement, "--db", index)
    assert (done.code, done.out) == (0, "")


@pytest.mark.parametrize("since", ["", "1h", "30m", "2d", "1w", "2020-01-01", "2020-01"])
def test_recent_changes(index: Path, since: str) -> None:
    """A time, a date or an age says from when on."""
    words = ["changes", "--since", since, "--db", index] if since else ["changes", "--db", index]
    (change,) = rows(*words)
    assert (change["object_kind"], change["change"]) == ("tag", "removed")
    assert change["object_key"] == "docker.io/library/app:1"


@pytest.mark.parametrize("since", ["24h", "7d", "2020", "2020-01-01 10:00Z", "99999w", ""])
@pytest.mark.parametrize("name", ["changes", "diff-syncs"])
def test_a_parameter_that_is_a_time(index: Path, name: str, since: str) -> None:
    """A canned query takes what the commands of their own do."""
    (change,) = rows("query", name, "-p", f"since={since}", "--db", index)
    assert (change["object_kind"], change["change"]) == ("tag", "removed")
    assert rows("query", name, "-p", "since=0m", "--db", index) == []
    if name == "diff-syncs":
        assert rows("query", name, "-p", "until=24h", "--db", index) == []
        assert rows("query", name, "-p", "until=99999w", "--db", index) == []
        assert rows("query", name, "-p", "until=0m", "--db", index) == [change]


@pytest.mark.parametrize("since", ["9999-01-01", "2999-01-01T00:00:00Z", "2999-01-01 10:00", "0m"])
def test_no_changes_since(index: Path, since: str) -> None:
    """What was before is left out."""
    assert rows("changes", "--since", since, "--db", index) == []


@pytest.mark.parametrize("since", ["2000w", "99999w", "999999999999d"])
def test_changes_of_all_ages(index: Path, since: str) -> None:
    """An age beyond all dates is as good as none."""
    assert len(rows("changes", "--since", since, "--db", index)) == 1
