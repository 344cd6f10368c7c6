"""Upgrades the schema of an index with the migrations that ship with the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.index.errors import IndexVersionError
from indexer.index.shipped import shipped
from indexer.index.sqlite_connection import SqliteConnection
from indexer.index.sqlite_file import APPLICATION_ID
from indexer.index.views import create_views, drop_views, views_are_current
from indexer.schema.ddl import create_comments, create_indexes, create_tables

if TYPE_CHECKING:
    from indexer.index.connection import Connection

_CREATE_VERSION_TABLE = """
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
"""


def revisions() -> tuple[str, ...]:
    """Return the revisions that this program knows, oldest first."""
    files = (shipped("migrations") / "versions").glob("[0-9]*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def revision_of(connection: Connection) -> str | None:
    """Return the revision of the index, None if it has no schema yet."""
    if "alembic_version" not in connection.table_names():
        return None
    revision: str | None = connection.value("SELECT version_num FROM alembic_version")
    return revision


def require_known(connection: Connection, name: str) -> str | None:
    """Return the revision of the index called `name`. Raises `IndexVersionError` if it is newer."""
    revision = revision_of(connection)
    _refuse_unknown(revision, name)
    return revision


def require_current(connection: Connection, name: str) -> None:
    """Raise `IndexVersionError` unless the index called `name` has the newest revision."""
    revision = require_known(connection, name)
    if revision is None:
        raise IndexVersionError(f"{name} holds no index yet; run `dockidx sync`.")
    if revision != revisions()[-1]:
        raise IndexVersionError(
            f"{name} was made by an older dockidx; run `dockidx sync` once to bring it up to date."
        )


def upgrade(connection: Connection, name: str, *, create: bool = True) -> None:
    """Run the migrations that the index called `name` lacks, in one transaction.

    An empty index gets the newest schema directly, unless `create` is False. Raises
    `IndexVersionError` if the index is newer than this program.
    """
    revision = revision_of(connection)
    _refuse_unknown(revision, name)
    if revision == revisions()[-1] and views_are_current(connection):
        return
    if create and not connection.table_names():
        with connection.transaction():
            # Another first sync may have created them before this transaction began.
            if not connection.table_names():
                _create(connection)
    else:
        _migrate(connection)


def _create(connection: Connection) -> None:
    """Create the tables of an empty index without Alembic, whose import takes longer than this.

    A test compares the result with that of the migrations.
    """
    dialect = connection.dialect
    for statement in (*create_tables(dialect), *create_indexes(), *create_comments(dialect)):
        connection.run(statement)
    connection.run(_CREATE_VERSION_TABLE)
    connection.run("INSERT INTO alembic_version VALUES (?)", (revisions()[-1],))
    create_views(connection)
    _finish(connection)


def _migrate(connection: Connection) -> None:
    from indexer.index.alembic_run import run_migrations

    if connection.dialect == "sqlite":
        # Alembic rebuilds a table by dropping it, which must not delete rows of other tables.
        # `_finish` checks the foreign keys.
        connection.run("PRAGMA foreign_keys = OFF")
    try:
        with connection.transaction():
            drop_views(connection)
            run_migrations(connection)
            create_views(connection)
            _finish(connection)
    finally:
        if connection.dialect == "sqlite":
            connection.run("PRAGMA foreign_keys = ON")


def _finish(connection: Connection) -> None:
    """Check the foreign keys of a SQLite file, and mark it in its header as an index."""
    if not isinstance(connection, SqliteConnection):
        return
    broken = connection.rows("PRAGMA foreign_key_check")
    if broken:
        raise IndexVersionError(
            f"{len(broken)} rows of the index refer to rows that are not there, so it was left as "
            "it was; move it away and run `dockidx sync` again."
        )
    connection.run(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.run(f"PRAGMA user_version = {int(revisions()[-1])}")


def _refuse_unknown(revision: str | None, name: str) -> None:
    if revision is None or revision in revisions():
        return
    if revision < revisions()[0]:
        raise IndexVersionError(
            f"{name} was made by a development version of dockidx; sync into a new file."
        )
    raise IndexVersionError(
        f"{name} was made by a newer dockidx (schema {revision}); update dockidx."
    )
