"""Values of variables are in no table unless they were asked for, and the file is its owner's."""

from __future__ import annotations

import itertools
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
CLASSIC: Final = f"/bin/sh -c #(nop)  ENV TOKEN={SECRET} TWO=a {SECRET} b=c"
STEPS: Final = (
    (CLASSIC, "/bin/sh -c #(nop)  ENV TOKEN=*** TWO=***"),
    (f"ENV TWO=x {SECRET}=y TOKEN={SECRET}", "ENV TWO=*** TOKEN=***"),
    (f"ENV {SECRET}", "ENV ***"),
    ("RUN |1 A=b /bin/sh -c make # buildkit", "RUN |1 A=b /bin/sh -c make # buildkit"),
    ('CMD ["env"]', 'CMD ["env"]'),
)
INSTRUCTIONS: Final = "SELECT created_by FROM image_history"
WRONG: Final[dict[str, Any]] = {
    "text": f"TOKEN={SECRET}",
    "table": {"TOKEN": SECRET},
    "numbers": [1, f"TOKEN={SECRET}"],
    "nested": [[f"TOKEN={SECRET}"]],
}


def with_secrets(path: Path) -> RootBuilder:
    """A root with the secret wherever an `Env` may be: sound, damaged, and in instructions."""
    root = RootBuilder(path)
    history = [{"created_by": step, "empty_layer": True} for step, _ in STEPS]
    fields = {
        "history": [*history, {"created_by": "COPY . ."}],
        "container_config": {"Env": ENV, "Cmd": ["sh"]},
    }
    image = root.image([b"app"], tag="app:1", env=ENV, fields=fields)
    for name, env in {"sound": ENV, **WRONG}.items():
        config = {"Env": env, "Cmd": ["sh"], "Image": "app:1"}
        root.container(name, image, fields={"Config": config})
        root.image([b"app"], fields={"config": {"Env": env, "Cmd": [name]}})
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
    """Neither sound nor damaged objects give it away, nor the instruction that set it."""
    root = with_secrets(tmp_path / "docker")
    sync_roots(tmp_path / "index.db", root.path)
    assert places_of(SECRET, tmp_path / "index.db") == []
    assert select(tmp_path / "index.db", "SELECT COUNT(*) FROM container_env") > [(0,)]
    said = {step for (step,) in select(tmp_path / "index.db", INSTRUCTIONS)}
    assert said.issuperset(masked for _, masked in STEPS)


def test_a_value_stays_no_longer_than_it_is_asked_for(tmp_path: Path) -> None:
    """Each sync says whether it kept them, and after one that did not, no file has them."""
    root = with_secrets(tmp_path / "docker")
    index = tmp_path / "index.db"
    for env_values in (False, True, False):
        sync_roots(index, root.path, env_values=env_values)
        expected = {"image_env.value", "container_env.value", "image_history.created_by"}
        assert expected.issubset(places_of(SECRET, index)) == env_values
        assert bool(places_of(SECRET, index)) == env_values
    kept = "SELECT env_values FROM syncs ORDER BY started_at"
    assert select(index, kept) == [(0,), (1,), (0,)]


def test_a_fleet_knows_what_one_of_its_indexes_kept(tmp_path: Path) -> None:
    """In whatever order, and however often, the instruction that was kept wins."""
    history = []
    for host, env_values in (("plain", True), ("masked", False)):
        root = with_secrets(tmp_path / host / "docker")
        sync_roots(tmp_path / f"{host}.db", root.path, host=host, env_values=env_values)
    for number, order in enumerate(itertools.permutations(("plain", "masked"))):
        into = tmp_path / f"fleet-{number}.db"
        for _ in range(2):
            merged(into, *(tmp_path / f"{host}.db" for host in order))
        history.append(select(into, "SELECT * FROM image_history ORDER BY image_id, step"))
    assert history[0] == history[1]
    assert CLASSIC in {row[3] for row in history[0]}
    merged(tmp_path / "none.db", tmp_path / "masked.db")
    assert places_of(SECRET, tmp_path / "none.db") == []


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
