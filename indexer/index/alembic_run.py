"""Runs Alembic on a `Connection`. Only this module of the program loads SQLAlchemy."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from indexer.index.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from indexer.index.connection import Connection

_URLS: Final = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}


def run_migrations(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to `revision` inside the transaction that is open on `connection`."""
    with sqlalchemy_connection(connection) as opened:
        command.upgrade(alembic_config(opened), revision)


@contextmanager
def sqlalchemy_connection(
    connection: Connection,
) -> Iterator[sa.Connection]:
    """Give SQLAlchemy the driver of `connection`, without committing or closing it."""
    engine = create_engine(
        _URLS[connection.dialect],
        creator=lambda: connection.driver,
        poolclass=StaticPool,
        pool_reset_on_return=None,
    )
    # `connection` begins, commits and rolls back the transaction.
    dialect = engine.dialect
    dialect.do_commit = dialect.do_rollback = _leave_alone  # type: ignore[method-assign,assignment]
    with engine.connect() as opened:
        yield opened


def _leave_alone(_: object) -> None:
    """Do nothing at the end of a transaction, in place of SQLAlchemy's commit or rollback."""


def alembic_config(connection: sa.Connection) -> Config:
    """Return the configuration that makes Alembic's commands use `connection`."""
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
