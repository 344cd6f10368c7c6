"""Shell completion: names of queries, parameters, hosts and images, out of the index.

A completion that cannot be made is empty. The index may be missing, locked or of another version,
and a message in the middle of a command line would only disturb.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click
    from click.shell_completion import CompletionItem

    from indexer.queries.catalogue import Query

_MOST: Final = 200
_HOSTS: Final = "SELECT host AS name FROM hosts ORDER BY host"
_IMAGES: Final = (
    "SELECT DISTINCT r.familiar_name || ':' || t.tag AS name FROM tags AS t "
    "JOIN repositories AS r ON r.repository = t.repository ORDER BY name"
)
_CONTAINERS: Final = "SELECT DISTINCT name FROM containers WHERE name IS NOT NULL ORDER BY name"
_SEPARATOR: Final = re.compile(r".*[ ,]")
# The statements that give the values of a parameter, by its name.
_VALUES: Final = {
    "host": (_HOSTS,),
    "host_a": (_HOSTS,),
    "host_b": (_HOSTS,),
    "image": (_IMAGES,),
    "images": (_IMAGES,),
    "tag": (_IMAGES,),
    "container": (_CONTAINERS,),
}
_LISTS: Final = frozenset({"images"})


def complete_query(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[Any]]:
    """Names of canned queries that begin with `incomplete`, with their titles."""
    from click.shell_completion import CompletionItem

    from indexer.queries.catalogue import catalogue

    del ctx, param
    return [
        CompletionItem(query.name, help=query.title)
        for query in catalogue().values()
        if query.name.startswith(incomplete)
    ]


def complete_parameter(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[Any]]:
    """`KEY=` of the query on the command line, and `KEY=VALUE` once the key is there."""
    from click.shell_completion import CompletionItem

    del param
    query = _query(ctx)
    if query is None:
        return []
    key, equals, value = incomplete.partition("=")
    if not equals:
        return _keys(query, incomplete)
    return [CompletionItem(f"{key}={name}") for name in _values(ctx, key, value)]


def complete_value(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[Any]]:
    """Values of the first parameter of the query on the command line."""
    from click.shell_completion import CompletionItem

    del param
    query = _query(ctx)
    if query is None or not query.parameters:
        return []
    return [CompletionItem(name) for name in _values(ctx, query.parameters[0].name, incomplete)]


def complete_host(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Hosts of the index that begin with `incomplete`."""
    del param
    return _names(ctx, (_HOSTS,), incomplete)


def complete_name(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[Any]]:
    """Tags of images and names of containers that begin with `incomplete`, or files for a path."""
    from click.shell_completion import CompletionItem

    del param
    if incomplete.startswith(("/", ".")):
        return [CompletionItem(incomplete, type="file")]
    return [CompletionItem(name) for name in _names(ctx, (_IMAGES, _CONTAINERS), incomplete)]


def _query(ctx: click.Context) -> Query | None:
    """The query that the command line names."""
    from indexer.queries.catalogue import catalogue

    # Behind an option that still lacks its value, click leaves the arguments unread.
    return catalogue().get(ctx.params.get("name") or next(iter(ctx.args), ""))


def _values(ctx: click.Context, key: str, value: str) -> list[str]:
    """Values of the parameter `key` that begin with `value`; of several images, the last one."""
    match = _SEPARATOR.match(value) if key in _LISTS else None
    before = match[0] if match else ""
    found = _names(ctx, _VALUES.get(key, ()), value.removeprefix(before))
    return [f"{before}{name}" for name in found]


def _keys(query: Query, incomplete: str) -> list[CompletionItem[Any]]:
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(f"{parameter.name}=", help=parameter.description)
        for parameter in query.parameters
        if parameter.name.startswith(incomplete)
    ]


def _names(ctx: click.Context, statements: Iterable[str], incomplete: str) -> list[str]:
    """The names that begin with `incomplete`, out of the index that the command line names."""
    from indexer.cli.options import index_path
    from indexer.index.sqlite_file import reading_connection
    from indexer.queries.run import run_sql

    found: list[str] = []
    with suppress(Exception), reading_connection(index_path(ctx.params.get("db"))) as connection:
        for statement in statements:
            rows = run_sql(connection, statement).rows
            found += [name for (name,) in rows if name.startswith(incomplete)]
    return found[:_MOST]
