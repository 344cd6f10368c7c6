"""`make docs`: the page of all integrity rules, from their registry."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from indexer.docker.rules import GROUPS

if TYPE_CHECKING:
    from indexer.docker.rules import Rule

_INTRODUCTION: Final = """\
# The integrity rules

Written by `make docs` from `indexer/docker/rules`. `dockidx check --explain L6` prints one of them.

A sync checks every Docker root against these rules. `dockidx check` and the query `problems` show
what does not hold, with the file or folder concerned.

- **fatal**: the engine does not start.
- **error**: something is unusable or lost to the user. `dockidx check` exits with 1 if there is a
  finding of this severity or worse.
- **warning**: space is leaked, a number is wrong, or something is degraded.
- **info**: worth knowing; nothing is broken.

The last column says how a rule is checked. *reader*: one file or folder shows it. *SQL*: it takes
several tables of the index. *deep*: only `dockidx check --deep` sees it, which reads all contents.
On a live engine, a finding that a race could explain (†) is confirmed by a second pass before it is
raised above *info*.

Stop the engine before you change a file under its root, and keep a copy of what you change.
"""


_HEAD: Final = """\
| rule | severity | what has to hold | what breaks | what to do | path | how |
|---|---|---|---|---|---|---|
"""


def rules_page() -> str:
    """The whole page as Markdown."""
    parts = [_INTRODUCTION]
    for title, rules in GROUPS.items():
        parts.append(f"\n## {title}\n\n")
        parts.append(_HEAD)
        parts += (_line(rule) for rule in rules)
    return "".join(parts)


def _line(rule: Rule) -> str:
    consequence = rule.consequence
    if rule.limits is not None:
        consequence += f" *{rule.limits}*"
    dagger = " †" if rule.is_raceable else ""
    cells = (
        f"{rule.id}{dagger} {rule.slug}",
        rule.severity,
        rule.requirement,
        consequence,
        rule.remedy,
        rule.path,
        ", ".join("SQL" if how == "sql" else how for how in rule.how),
    )
    return f"| {' | '.join(map(_escaped, cells))} |\n"


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(rules_page())
