"""A PostgreSQL server for a test session: one that is named, or one started from Debian's files."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import psycopg
from psycopg.conninfo import make_conninfo

from indexer.index.postgres_connection import PostgresConnection

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMED: Final = "DOCKIDX_TEST_PG_URL"
"""Environment variable with the URL of a server where databases may be created."""

_DEBIAN: Final = Path("/usr/lib/postgresql")
_START_SECONDS: Final = 60
# Data of a test need not survive a crash.
_SETTINGS: Final = ("listen_addresses=", "fsync=off", "synchronous_commit=off")


class Server:
    """A running server; `conninfo` is that of a database to connect to first."""

    def __init__(self, conninfo: str) -> None:
        """Take the server behind `conninfo`."""
        self.conninfo = conninfo

    @contextmanager
    def database(self, locale: str) -> Iterator[PostgresConnection]:
        """An empty database that sorts by `locale`, words of CREATE DATABASE, for one test."""
        name = f"dockidx_{uuid4().hex}"
        options = f"TEMPLATE template0 ENCODING 'UTF8' {locale}"
        self._run(f"CREATE DATABASE {name} {options}")
        try:
            conninfo = make_conninfo(self.conninfo, dbname=name)
            with psycopg.connect(conninfo, autocommit=True) as driver:
                yield PostgresConnection(driver)
        finally:
            self._run(f"DROP DATABASE {name}")

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        try:
            self._run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.conninfo, autocommit=True) as driver:
            driver.execute(statement.encode())


def programs() -> Path | None:
    """The folder of the newest PostgreSQL of Debian, None where there is none."""
    folders = [path.parent for path in _DEBIAN.glob("*/bin/initdb")]
    return max(folders, key=lambda path: int(path.parent.name), default=None)


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A server of the PostgreSQL in `folder`, with data of its own, reached by a socket."""
    # Short, as the name of a socket must be, and open to the user that the server runs as.
    home = Path(tempfile.mkdtemp(prefix="dockidx-pg-"))
    try:
        data = home / "data"
        _give_away(home)
        locale = ("--locale=C.UTF-8", "--encoding=UTF8")
        initdb = [folder / "initdb", "-D", data, "-U", "dockidx", "-A", "trust", "-N", *locale]
        subprocess.run(_as_nobody(*initdb), check=True, capture_output=True, cwd=home)
        with _process(folder, data) as server:
            yield server
    finally:
        shutil.rmtree(home)


@contextmanager
def _process(folder: Path, data: Path) -> Iterator[Server]:
    settings = [*_SETTINGS, f"unix_socket_directories={data.parent}"]
    words = [word for setting in settings for word in ("-c", setting)]
    log = data.parent / "log"
    with log.open("wb") as output:
        command = _as_nobody(folder / "postgres", "-D", data, *words)
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=data)
    try:
        server = Server(make_conninfo(host=str(data.parent), user="dockidx", dbname="postgres"))
        _wait_for(server, process, log)
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(_START_SECONDS)


def _wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while not server.is_ready():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"PostgreSQL does not start:\n{log.read_text()}")
        time.sleep(0.05)


def named() -> Server | None:
    """The server that the environment names, None where it names none."""
    url = os.environ.get(NAMED)
    return Server(url) if url else None


def _as_nobody(*words: str | Path) -> list[str | Path]:
    """The command for another user where this one is root, as a server must not be."""
    command: list[str | Path] = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        user = _user()
        command += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return [*command, "--", *words]


def _give_away(home: Path) -> None:
    if os.geteuid() == 0:
        user = _user()
        os.chown(home, user.pw_uid, user.pw_gid)


def _user() -> pwd.struct_passwd:
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]
