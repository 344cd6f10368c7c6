"""The registry of rules, the statements and the page say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from indexer.docker.rules import GROUPS, RULES
from indexer.docker.rules.finding import RULES as SEVERITIES
from indexer.integrity.page import rules_page
from indexer.integrity.statements import statements

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "indexer/integrity/sql"
FILES = sorted(FOLDER.glob("*/*.sql"))
COLUMNS = ["object_kind", "object_id", "path", "message", "severity", "missing"]


def test_the_page_is_current() -> None:
    """`make docs` would change nothing."""
    assert (ROOT / "docs/rules.md").read_text() == rules_page()


def test_a_rule_is_in_the_registry_once() -> None:
    """Each id is that of one rule, and the severities of findings are those of the rules."""
    ids = [rule.id for rules in GROUPS.values() for rule in rules]

    assert len(ids) == len(set(ids)) == len(RULES)
    assert {rule.id: rule.severity for rule in RULES.values()} == SEVERITIES


def test_a_rule_says_what_it_says_in_sentences() -> None:
    """Whoever reads the page learns what has to hold and what breaks."""
    for rule in RULES.values():
        for text in (rule.says, rule.breaks, *filter(None, [rule.limits])):
            assert re.fullmatch(r"[`a-zA-Z].*\.", text), (rule.id, text)
        assert rule.path
        assert rule.how


def test_rules_that_are_sql_have_a_statement() -> None:
    """There is a file for each rule that is decided by SQL here, and for no other."""
    told = {rule.id for rule in RULES.values() if "sql" in rule.how}

    assert {path.stem for path in FILES} == told
    assert {statement.rule for statement in statements()} == told


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_statement_has_the_form_of_all(path: Path) -> None:
    """The parameter of the root, the columns in one order, rows in order; else as all our SQL."""
    source = path.read_text()

    assert set(re.findall(r"= :(\w+)", source)) == {"root_id"}
    named = [name for name in re.findall(r"\bAS (\w+)", source) if name in COLUMNS]
    assert named == COLUMNS * (len(named) // len(COLUMNS))
    assert "%" not in re.sub(r"LIKE '[^']*'", "", source)
    assert source.rstrip().splitlines()[-1].startswith("ORDER BY")
