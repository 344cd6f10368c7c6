"""Alembic's entry: runs the migrations on the connection that `indexer.index.migration` gives."""

from alembic import context
from sqlalchemy import BigInteger, Text

from indexer.schema.sqlalchemy_metadata import make_metadata

NAMED_TYPES = ((Text, "TEXT"), (BigInteger, "NUMBER"))


def render_item(kind, item, _):
    """Write the two types of every table by the names that a migration defines."""
    if kind == "type":
        for type_, name in NAMED_TYPES:
            if isinstance(item, type_):
                return name
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=make_metadata(),
    compare_type=True,
    render_item=render_item,
)
context.run_migrations()
