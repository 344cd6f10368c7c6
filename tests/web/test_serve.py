"""The command: what it refuses to serve, what it says, and how it ends."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.child_processes import ended_with_us
from tests.requirements import need
from tests.rootbuilder import RootBuilder
from tests.sync.index_files import change, sync_roots

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCKIDX = Path(sys.executable).with_name("dockidx")
PATIENCE = 30


@contextmanager
def served(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `dockidx serve` at a free port, and its URL."""
    command = ended_with_us(str(DOCKIDX), "serve", "--port", "0", *map(str, arguments))
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stderr.readline() if process.stderr else ""
            found = re.search(r"http://\S+/", line)
            assert found, line + (process.stderr.read() if process.stderr else "")
            yield process, found[0]
        finally:
            process.kill()


def refused(*arguments: str | Path) -> tuple[int, str]:
    """Exit code and message of a `dockidx serve` that does not start."""
    command = [DOCKIDX, "serve", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def has_ipv6() -> bool:
    """Whether anything can listen at ::1."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_serves_and_ends_quietly(number: signal.Signals, index: Path) -> None:
    """The URL is on standard error, pages come, and Ctrl-C is no failure."""
    with served(index) as (process, url):
        with urllib.request.urlopen(f"{url}index/images.json?_shape=array") as answer:
            assert b'"image_id"' in answer.read()
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)

    assert url.startswith("http://127.0.0.1:")
    assert (out, err) == ("", "")
    assert process.returncode == (0 if number == signal.SIGINT else -signal.SIGTERM)


def test_without_a_file_it_serves_the_index_of_dockidx_db(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several files can be named; none means what `dockidx sync` writes."""
    monkeypatch.setenv("DOCKIDX_DB", str(index))
    with served() as (_, url), urllib.request.urlopen(f"{url}index.json") as answer:
        assert answer.status == 200


def test_an_ipv6_address_is_served_under_its_name(index: Path) -> None:
    """`--host ::1` is this machine too."""
    need(has_ipv6(), "This system has no IPv6 loopback address.")
    with served("--host", "::1", index) as (_, url):
        assert url.startswith("http://[::1]:")
        with urllib.request.urlopen(url) as answer:
            assert answer.status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_machines_are_let_in_only_on_request(host: str, index: Path) -> None:
    """The refusal says what would be shown to whom, and how to mean it."""
    code, message = refused("--host", host, index)

    assert code == 2
    assert "whoever reaches it can read the whole index without a password" in message
    assert "--allow-remote" in message


def test_with_allow_remote_other_machines_are_let_in(index: Path) -> None:
    """Then any host name is answered, as the server cannot know its names."""
    with served("--host", "0.0.0.0", "--allow-remote", index) as (_, url):
        local = url.replace("0.0.0.0", "127.0.0.1")
        request = urllib.request.Request(local, headers={"Host": "docker-index.example"})
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200


def test_a_port_in_use_is_named(index: Path) -> None:
    """One sentence, and the way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, message = refused("--port", str(port), index)

    assert code == 1
    assert message == (
        f"Error: Port {port} of 127.0.0.1 is in use; give another one with --port, 0 for any.\n"
    )


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 300])
def test_an_unknown_host_is_named(host: str, index: Path) -> None:
    """It is no address of this machine."""
    code, message = refused("--host", host, index)

    assert code == 1
    assert f"--host {host!r} is no address or name of this machine" in message


def test_an_address_of_another_machine_cannot_be_listened_at(index: Path) -> None:
    """The sentence names it and what the system says."""
    code, message = refused("--host", "192.0.2.1", "--allow-remote", index)

    assert code == 1
    assert "192.0.2.1 cannot be listened at: Cannot assign requested address" in message


def test_a_missing_index_is_named(tmp_path: Path) -> None:
    """Nothing is created in its place."""
    code, message = refused(tmp_path / "none.db")

    assert (code, message.count("\n")) == (2, 1)
    assert f"There is no index at {tmp_path / 'none.db'}" in message
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_another_program_is_refused(tmp_path: Path, index: Path) -> None:
    """Also beside an index."""
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE secrets (value)")
    code, message = refused(index, tmp_path / "other.db")

    assert code == 2
    assert "other.db is a SQLite database of another program" in message


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DELETE FROM alembic_version", "holds no index yet"),
        ("UPDATE alembic_version SET version_num = '0001'", "was made by a development version"),
        ("UPDATE alembic_version SET version_num = '9999'", "was made by a newer dockidx"),
    ],
)
def test_an_index_of_another_version_is_refused(
    statement: str, sentence: str, tmp_path: Path
) -> None:
    """Pages for other tables would be wrong."""
    RootBuilder(tmp_path / "docker").image([b"one"], tag="app:1")
    sync_roots(tmp_path / "index.db", tmp_path / "docker")
    change(tmp_path / "index.db", statement)

    code, message = refused(tmp_path / "index.db")

    assert code == 2
    assert sentence in message


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    """What is no SQLite file is said to be none."""
    (tmp_path / "index.db").write_bytes(b"not a database" * 500)

    code, message = refused(tmp_path / "index.db")

    assert code == 2
    assert "is not an index or is damaged" in message


def test_serving_leaves_the_file_as_it_was(index: Path, tmp_path: Path) -> None:
    """Neither content nor time of the file change, whatever is looked at."""
    copy = Path(shutil.copy2(index, tmp_path / "copy.db"))
    before = (copy.read_bytes(), copy.stat().st_mtime_ns)
    with served(copy) as (_, url):
        for path in ("", "copy", "copy/images", "copy/query-images"):
            urllib.request.urlopen(url + path).close()

    assert (copy.read_bytes(), copy.stat().st_mtime_ns) == before
