"""The registry of rules, the statements and the page say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from indexer.check.rules_page import rules_page
from indexer.docker.rules import GROUPS, RULES
from indexer.integrity.statements import statements

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "indexer/integrity/sql"
FILES = sorted(FOLDER.glob("*/*.sql"))
COLUMNS = ["object_kind", "object_id", "path", "message", "severity", "missing"]


def test_the_page_is_current() -> None:
    """`make docs` would change nothing."""
    assert (ROOT / "docs/rules.md").read_text() == rules_page()


def test_a_rule_is_in_the_registry_once() -> None:
    """Each code is that of one rule, and so is each slug."""
    ids = [rule.id for rules in GROUPS.values() for rule in rules]
    slugs = {rule.slug for rule in RULES.values()}

    assert len(ids) == len(set(ids)) == len(RULES) == len(slugs)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", slug) for slug in slugs)


def test_a_rule_says_what_it_says_in_sentences() -> None:
    """Whoever reads the page learns what has to hold, what breaks and what to do."""
    for rule in RULES.values():
        for text in (rule.requirement, rule.consequence, rule.remedy, rule.limits or "None."):
            assert re.fullmatch(r"[`a-zA-Z].*\.", text), (rule.id, text)
        assert rule.path
        assert rule.how


def test_rules_that_are_sql_have_a_statement() -> None:
    """There is a file for each rule that is decided by SQL here, and for no other."""
    decided = [rule for rule in RULES.values() if "sql" in rule.how]

    assert {path.stem for path in FILES} == {f"{rule.id}-{rule.slug}" for rule in decided}
    assert {statement.rule for statement in statements()} == {rule.id for rule in decided}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_statement_has_the_form_of_all(path: Path) -> None:
    """The parameter of the root, the columns in one order, rows in order; else as all our SQL."""
    source = path.read_text()

    assert set(re.findall(r"= :(\w+)", source)) == {"root_id"}
    named = [name for name in re.findall(r"\bAS (\w+)", source) if name in COLUMNS]
    assert named == COLUMNS * (len(named) // len(COLUMNS))
    assert "%" not in re.sub(r"LIKE '[^']*'", "", source)
    assert source.rstrip().splitlines()[-1].startswith("ORDER BY")
