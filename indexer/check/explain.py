"""`dockidx check --explain`: what one integrity rule says."""

from __future__ import annotations

from difflib import get_close_matches

from indexer.docker.rules import RULES, Rule
from indexer.errors import DockidxError


class UnknownRuleError(DockidxError):
    """No rule has that code or slug; suggests some."""

    exit_code = 2


def explain(name: str) -> str:
    """The text of the rule with the code or slug `name`, in lines. Raises `UnknownRuleError`."""
    rule = find_rule(name)
    parts = [
        ("Severity", rule.severity),
        ("What has to hold", rule.requirement),
        ("What breaks", rule.consequence),
        ("What to do", rule.remedy),
        ("Where", rule.path),
    ]
    if rule.limits is not None:
        parts.append(("Limits", rule.limits))
    if rule.is_raceable:
        parts.append(("Live engine", "A second pass confirms it before it is worse than info."))
    return "\n".join([f"{rule.id} {rule.slug}", *(f"  {title}: {text}" for title, text in parts)])


def find_rule(name: str) -> Rule:
    """The rule with the code (in either case) or slug `name`. Raises `UnknownRuleError`."""
    rule = RULES.get(name.upper())
    if rule is None:
        rule = next((it for it in RULES.values() if it.slug == name.lower()), None)
    if rule is None:
        raise UnknownRuleError(f"There is no rule {name!r}; {_advice(name)}.")
    return rule


def _advice(name: str) -> str:
    """What to try in the place of `name`."""
    code = name.upper()
    near = [it for it in RULES if it[0] == code[:1]] if len(name) <= len("K11") else []
    slugs = [it.slug for it in RULES.values()]
    near = near or get_close_matches(name.lower(), slugs, n=3)
    near = near or [it for it in slugs if name.lower() in it][:5]
    if near:
        return f"did you mean {' or '.join(near)}?".removesuffix("?")
    return "give a code such as L6, or a slug such as layer-directory-missing"
