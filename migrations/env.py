"""Alembic's entry: runs the migrations on the connection that `indexer.index.migration` gives."""

from alembic import context
from alembic.operations.ops import CreateTableOp
from sqlalchemy import BigInteger, Text

from indexer.schema import metadata

NAMED_TYPES = ((Text, "TEXT"), (BigInteger, "NUMBER"))


def render_item(kind, item, _):
    """Write the two types of every table by the names that a migration defines."""
    if kind == "type":
        for type_, name in NAMED_TYPES:
            if isinstance(item, type_):
                return name
    return False


def forget_info(_context, _revision, directives):
    """Leave out what is for the program only and no part of the schema's history."""
    for directive in directives:
        for operation in directive.upgrade_ops.ops:
            if isinstance(operation, CreateTableOp):
                operation.info = {}


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_item=render_item,
    process_revision_directives=forget_info,
    autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
)
context.run_migrations()
