"""A server for the session, an empty database for each test, and the sample in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from indexer.index.migration import upgrade
from indexer.index.rows import insert_rows, load_rows
from indexer.index.sqlite_file import reading_connection
from indexer.schema import TABLES
from tests.postgres.server import NAMED, Server, named, programs, running
from tests.requirements import need
from tests.schema.sample import Sample, write_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.index.postgres_connection import PostgresConnection

LOCALES: Final = {
    "bytes": "LOCALE 'C.UTF-8'",
    "words": "LOCALE 'C.UTF-8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'",
}
"""How a database sorts text where nothing else is said: by bytes, or as a dictionary would."""


class Copy(NamedTuple):
    """The sample as the index file has it and as the database behind `database` does."""

    sample: Sample
    database: PostgresConnection


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server that the environment names, else one of our own."""
    given = named()
    if given is not None:
        yield given
        return
    folder = programs()
    need(folder is not None, f"PostgreSQL is not installed and {NAMED} names no server.")
    if folder is not None:
        with running(folder) as started:
            yield started


@pytest.fixture
def empty(server: Server) -> Iterator[PostgresConnection]:
    """A database with nothing in it, which does not sort as SQLite does."""
    with server.database(LOCALES["words"]) as database:
        yield database


@pytest.fixture
def database(empty: PostgresConnection) -> PostgresConnection:
    """A database with the newest schema and no rows."""
    upgrade(empty, "index")
    return empty


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """An index of two hosts, for reading only."""
    return write_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session", params=LOCALES)
def copy(sample: Sample, server: Server, request: pytest.FixtureRequest) -> Iterator[Copy]:
    """All rows of the sample in a database, written in one transaction."""
    with server.database(LOCALES[request.param]) as target:
        upgrade(target, "index")
        with reading_connection(str(sample.path)) as source, target.transaction():
            for table in TABLES:
                insert_rows(target, table, load_rows(source, table, {}))
        yield Copy(sample, target)
