"""Bringing the schema of an index up to date with the migrations that ship with the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    inspect,
    text,
)

from indexer.index.errors import IndexVersionError
from indexer.index.shipped import shipped
from indexer.index.sqlite_file import APPLICATION_ID
from indexer.schema import metadata
from indexer.schema.views import create_views, drop_views, views_are_current

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection, Engine


def revisions() -> tuple[str, ...]:
    """The revisions that this program knows, oldest first."""
    files = (shipped("migrations") / "versions").glob("[0-9]*.py")
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def revision_of(connection: Connection) -> str | None:
    """The revision of the index behind `connection`, None where it has no schema yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def require_known(connection: Connection, name: str) -> str | None:
    """The revision of the index called `name`; raises `IndexVersionError` for a newer one."""
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


def upgrade(engine: Engine, name: str, *, create: bool = True) -> None:
    """Run the migrations that the index called `name` lacks, in one transaction.

    An empty SQLite file gets the newest schema at once unless `create` is False. Raises
    `IndexVersionError` where the index is newer than this program.
    """
    with engine.connect() as connection:
        revision = revision_of(connection)
        is_empty = not inspect(connection).get_table_names()
        is_current = revision == revisions()[-1] and views_are_current(connection)
        connection.rollback()
        _refuse_unknown(revision, name)
        if is_current:
            return
        if create and is_empty and connection.dialect.name == "sqlite":
            _create(connection)
        else:
            _migrate(connection)


def alembic_config(connection: Connection) -> Config:
    """The configuration that runs Alembic's commands on `connection`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _create(connection: Connection) -> None:
    """Give an empty SQLite file what the migrations would, without taking the time to load Alembic.

    A test holds the outcome of both against each other.
    """
    with connection.begin():
        if inspect(connection).get_table_names():
            # Another first sync was faster.
            return
        metadata.create_all(connection, checkfirst=False)
        version = Table("alembic_version", MetaData(), Column("version_num", String(32)))
        key = PrimaryKeyConstraint("version_num", name="alembic_version_pkc")
        version.append_constraint(key)
        version.create(connection)
        connection.execute(version.insert().values(version_num=revisions()[-1]))
        create_views(connection)
        _finish_sqlite(connection)


def _migrate(connection: Connection) -> None:
    from alembic import command

    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        # Rebuilding a table must not cascade; the keys are checked below.
        _pragma(connection, "foreign_keys = OFF")
    with connection.begin():
        drop_views(connection)
        command.upgrade(alembic_config(connection), "head")
        create_views(connection)
        if is_sqlite:
            _finish_sqlite(connection)
    if is_sqlite:
        _pragma(connection, "foreign_keys = ON")


def _pragma(connection: Connection, setting: str) -> None:
    """Set what can only be set outside a transaction, which SQLAlchemy always is in."""
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(f"PRAGMA {setting}")


def _finish_sqlite(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise IndexVersionError(
            f"{len(broken)} rows of the index refer to rows that are not there, so it was left as "
            "it was; move it away and run `dockidx sync` again."
        )
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {int(revisions()[-1])}")


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
