"""Values of variables are in no table unless they were asked for, and the file is its owner's."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import pytest
from click.testing import CliRunner

from indexer.cli import main
from tests.fleet.hosts import merged
from tests.rootbuilder import RootBuilder
from tests.rootbuilder.files import go_json, replace_file
from tests.sync.index_files import select, sync_roots

if TYPE_CHECKING:
    from pathlib import Path

SECRET: Final = "hunter2-of-the-tests"
ENV: Final = [f"TOKEN={SECRET}", "PATH=/bin", f"TWO=a {SECRET} b=c", "EMPTY="]
WRONG: Final[dict[str, Any]] = {
    "text": f"TOKEN={SECRET}",
    "table": {"TOKEN": SECRET},
    "numbers": [1, f"TOKEN={SECRET}"],
    "nested": [[f"TOKEN={SECRET}"]],
}


def with_secrets(path: Path) -> RootBuilder:
    """A root with the secret wherever an `Env` may be, sound and damaged, but in no history."""
    root = RootBuilder(path)
    history = [{"created_by": "COPY . ."}]
    fields = {"history": history, "container_config": {"Env": ENV, "Cmd": ["sh"]}}
    image = root.image([b"app"], tag="app:1", env=ENV, fields=fields)
    for name, env in {"sound": ENV, **WRONG}.items():
        config = {"Env": env, "Cmd": ["sh"], "Image": "app:1"}
        root.container(name, image, fields={"Config": config})
        config = {"Env": env, "Cmd": [name]}
        root.image([b"app"], fields={"history": history, "config": config})
    torn = root.container("torn", image, fields={"Config": {"Env": ENV}})
    path = torn.directory / "config.v2.json"
    replace_file(path, path.read_bytes()[:-20])
    (root.path / "containers" / torn.container_id / "hostconfig.json").write_bytes(
        go_json({"Env": ENV})[:-3]
    )
    return root


def places_of(secret: str, index: Path) -> list[str]:
    """Every column of every table that holds `secret`, and every file that does."""
    found: list[str] = []
    with closing(sqlite3.connect(f"file:{index}?mode=ro", uri=True)) as connection:
        names = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
        for (table,) in connection.execute(names).fetchall():
            rows = connection.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in rows.description]
            for row in rows:
                for column, value in zip(columns, row, strict=True):
                    if secret in str(value):
                        found.append(f"{table}.{column}")
    files = index.parent.glob(f"{index.name}*")
    return found + [path.name for path in files if secret.encode() in path.read_bytes()]


def test_no_table_holds_a_value(tmp_path: Path) -> None:
    """Neither sound nor damaged objects give it away."""
    root = with_secrets(tmp_path / "docker")
    sync_roots(tmp_path / "index.db", root.path)
    assert places_of(SECRET, tmp_path / "index.db") == []
    assert select(tmp_path / "index.db", "SELECT COUNT(*) FROM container_env") > [(0,)]


def test_a_value_stays_no_longer_than_it_is_asked_for(tmp_path: Path) -> None:
    """Each sync says whether it kept them, and after one that did not, no file has them."""
    root = with_secrets(tmp_path / "docker")
    index = tmp_path / "index.db"
    for env_values in (False, True, False):
        sync_roots(index, root.path, env_values=env_values)
        expected = {"image_env.value", "container_env.value"}
        assert expected.issubset(places_of(SECRET, index)) == env_values
        assert bool(places_of(SECRET, index)) == env_values
    kept = "SELECT env_values FROM syncs ORDER BY started_at"
    assert select(index, kept) == [(0,), (1,), (0,)]


def test_a_history_is_what_the_engine_shows(tmp_path: Path) -> None:
    """An ENV instruction is part of the image's history, and is kept as `docker history` has it."""
    root = RootBuilder(tmp_path / "docker")
    step = f"ENV TOKEN={SECRET}"
    root.image([b"app"], env=ENV, fields={"history": [{"created_by": step}]})
    sync_roots(tmp_path / "index.db", root.path)
    assert select(tmp_path / "index.db", "SELECT created_by FROM image_history") == [(step,)]


def test_a_fleet_of_masked_indexes_has_no_value(tmp_path: Path) -> None:
    """Joining indexes brings nothing in that they do not have."""
    root = with_secrets(tmp_path / "docker")
    sync_roots(tmp_path / "masked.db", root.path)
    merged(tmp_path / "fleet.db", tmp_path / "masked.db")
    assert places_of(SECRET, tmp_path / "fleet.db") == []


@pytest.mark.parametrize("words", [("sync",), ("query", "problems"), ("trace", "app:1")])
def test_no_command_prints_a_value(tmp_path: Path, words: tuple[str, ...]) -> None:
    """What is not in the index is in no output either."""
    root = with_secrets(tmp_path / "docker")
    db = ("--db", str(tmp_path / "index.db"))
    where = ("--root", str(root.path), "--host", "host-a")
    done = CliRunner().invoke(main, ["sync", "--json", *where, *db])
    assert json.loads(done.stdout)["roots"][0]["problems"] > 0
    again = CliRunner().invoke(main, [*words, *(where if words == ("sync",) else ()), *db])
    assert again.exit_code == 0, again.stderr
    assert SECRET not in done.stdout + done.stderr + again.stdout + again.stderr
