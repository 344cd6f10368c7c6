"""`make docs`: all integrity rules as a page, written from the registry and the statements."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from indexer.docker.rules import GROUPS
from indexer.integrity.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.rules import Rule

_INTRODUCTION: Final = """\
# The integrity rules

Written by `make docs` from `indexer/docker/rules` and `indexer/integrity/sql`.

A sync judges every Docker root by these rules; `dockidx check` and the query `problems` show what
does not hold, with the file or folder concerned.

- **fatal**: the engine does not start.
- **error**: something is unusable or lost to the user. With one of these or worse, `dockidx check`
  exits with 1.
- **warning**: space is leaked, a number is wrong, or something is degraded.
- **info**: worth knowing; nothing is broken.

How a rule is decided: a *reader* sees it in one file or folder; *SQL* over the index sees it
between several; *deep* is what only `dockidx check --deep` sees, which reads all contents again.
A dagger (†) marks what a race with a running engine could look like: it is seen twice before it is
reported as worse than info.
"""


def rules_page() -> str:
    """The whole page as Markdown."""
    sql = {statement.rule for statement in statements()}
    parts = [_INTRODUCTION]
    for title, rules in GROUPS.items():
        parts.append(f"\n## {title}\n\n")
        parts.append("| rule | severity | what has to hold | what breaks | path | how |\n")
        parts.append("|---|---|---|---|---|---|\n")
        parts += (_line(rule, sql) for rule in rules)
    return "".join(parts)


def _line(rule: Rule, sql: set[str]) -> str:
    breaks = rule.breaks if rule.limits is None else f"{rule.breaks} *{rule.limits}*"
    dagger = " †" if rule.is_raceable else ""
    cells = (
        f"{rule.id}{dagger}",
        rule.severity,
        rule.says,
        breaks,
        _escaped(rule.path),
        ", ".join(_how(rule, sql)),
    )
    return f"| {' | '.join(cells)} |\n"


def _how(rule: Rule, sql: set[str]) -> Iterator[str]:
    for how in rule.how:
        yield "SQL" if how == "sql" and rule.id in sql else how


def _escaped(path: str) -> str:
    return path.replace("<", "&lt;").replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(rules_page())
