"""Alembic on a connection of ours; the only place of the program that loads SQLAlchemy."""

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
    """SQLAlchemy on the driver of `connection`, which it neither commits nor closes."""
    engine = create_engine(
        _URLS[connection.dialect],
        creator=lambda: connection.driver,
        poolclass=StaticPool,
        pool_reset_on_return=None,
    )
    # Beginning, committing and undoing stay with `connection`.
    dialect = engine.dialect
    dialect.do_commit = dialect.do_rollback = _leave_alone  # type: ignore[method-assign,assignment]
    with engine.connect() as opened:
        yield opened


def _leave_alone(_: object) -> None:
    """Stand for what SQLAlchemy would do at the end of a transaction."""


def alembic_config(connection: sa.Connection) -> Config:
    """The configuration that runs Alembic's commands on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
