"""Shell completion: names of queries, parameters, hosts and images, out of the index.

A completion that cannot be made is empty: the index may be missing, locked or of another version,
and a message in the middle of a command line helps nobody.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    add_completion_class,
    split_arg_string,
)

from indexer.cli.options import index_path
from indexer.queries.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

    from indexer.queries.catalogue import Query

_MOST: Final = 200
_HOSTS: Final = "SELECT host AS name FROM hosts ORDER BY host"
_IMAGES: Final = (
    "SELECT DISTINCT r.familiar_name || ':' || t.tag AS name FROM tags AS t "
    "JOIN repositories AS r ON r.repository = t.repository ORDER BY name"
)
_CONTAINERS: Final = "SELECT DISTINCT name FROM containers WHERE name IS NOT NULL ORDER BY name"
_SEPARATOR: Final = re.compile(r".*[ ,]")
# Values of parameters, by the parameter's name.
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
    del param
    # Behind an option that still lacks its value click leaves the arguments unread.
    query = catalogue().get(ctx.params.get("name") or next(iter(ctx.args), ""))
    if query is None:
        return []
    key, equals, value = incomplete.partition("=")
    if not equals:
        return _keys(query, incomplete)
    # A parameter that takes several images completes the last one.
    match = _SEPARATOR.match(value) if key in _LISTS else None
    before = match[0] if match else ""
    found = _names(ctx, _VALUES.get(key, ()), value.removeprefix(before))
    return [CompletionItem(f"{key}={before}{name}") for name in found]


def complete_host(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Hosts of the index that begin with `incomplete`."""
    del param
    return _names(ctx, (_HOSTS,), incomplete)


def complete_name(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[Any]]:
    """Tags of images and names of containers that begin with `incomplete`, or files for a path."""
    del param
    if incomplete.startswith(("/", ".")):
        return [CompletionItem(incomplete, type="file")]
    return [CompletionItem(name) for name in _names(ctx, (_IMAGES, _CONTAINERS), incomplete)]


def _keys(query: Query, incomplete: str) -> list[CompletionItem[Any]]:
    return [
        CompletionItem(f"{parameter.name}=", help=parameter.description)
        for parameter in query.parameters
        if parameter.name.startswith(incomplete)
    ]


def _names(ctx: click.Context, statements: Iterable[str], incomplete: str) -> list[str]:
    """The names that `statements` give of the index on the command line, as far as they fit."""
    from indexer.index.sqlite_file import reading_connection
    from indexer.queries.run import run_sql

    found: list[str] = []
    with suppress(Exception), reading_connection(index_path(ctx.params.get("db"))) as connection:
        for statement in statements:
            rows = run_sql(connection, statement).rows
            found += [name for (name,) in rows if name.startswith(incomplete)]
    return found[:_MOST]


class _Bash(BashComplete):
    """Completion for bash that understands `:` and `=` within a word.

    bash splits the line at the characters of COMP_WORDBREAKS, among them `:` and `=`, and replaces
    only the part behind the last one. A tag such as `nginx:1.25` has such a character. So the words
    are taken from the line itself, and of a completion only that last part is handed back.
    """

    name = "bash"
    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n'
    local response

    response=$(env COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1")

    COMPREPLY=()
    for completion in $response; do
        IFS=',' read type value <<< "$completion"
        if [[ $type == 'dir' ]]; then
            COMPREPLY=()
            compopt -o dirnames
        elif [[ $type == 'file' ]]; then
            COMPREPLY=()
            compopt -o default
        elif [[ $type == 'plain' ]]; then
            COMPREPLY+=("$value")
            [[ $value == *= ]] && compopt -o nospace 2>/dev/null
        fi
    done

    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one to complete, and what there is of that one."""
        line = os.environ["COMP_LINE"]
        words = split_arg_string(line)[1:]
        incomplete = "" if line[-1:].isspace() or not words else words.pop()
        return words, incomplete

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """One completion as the script reads it."""
        line = os.environ["COMP_LINE"]
        # Within quotes bash does not split, and replaces the whole word.
        is_quoted = line.count('"') % 2 == 1 or line.count("'") % 2 == 1
        breaks = "" if is_quoted else os.environ.get("COMP_WORDBREAKS", "")
        incomplete = self.get_completion_args()[1]
        end = max((incomplete.rfind(sign) for sign in ":=" if sign in breaks), default=-1)
        return f"{item.type},{item.value[end + 1 :]}"


add_completion_class(_Bash)
