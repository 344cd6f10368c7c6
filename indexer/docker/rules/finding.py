"""What a reader reports beside its records: a rule that does not hold, and where."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.rules import RULES as _RULES

if TYPE_CHECKING:
    from indexer.docker.rules import Severity as Severity

RULES: Final = MappingProxyType({rule.id: rule.severity for rule in _RULES.values()})
"""Rule id to the severity of its findings."""


class Finding(NamedTuple):
    """One rule that does not hold.

    `rule` is a key of `RULES`; `path` is relative to the Docker root; `object_id` is None where the
    object cannot be named; `message` is a sentence that says what is wrong and what it breaks.
    `severity` is None where it is that of the rule. `cause` says that a whole part could not be
    read, so that what others would say of that part is unknown.
    """

    rule: str
    object_kind: str
    object_id: str | None
    path: str
    message: str
    severity: Severity | None = None
    cause: bool = False

    @property
    def sentence(self) -> str:
        """The message for whoever sees the path beside it, which it then does not begin with."""
        if not self.path or not self.message.startswith(self.path):
            return self.message
        rest = self.message.removeprefix(self.path)
        if rest.startswith(" "):
            return f"It{rest}"
        if rest.startswith(": "):
            return rest[2].upper() + rest[3:]
        # It goes on below the path, or is about a longer name.
        return rest.removeprefix("/") if rest.startswith("/") else self.message

    @property
    def effective_severity(self) -> Severity:
        """Its own severity, or that of its rule."""
        return self.severity or RULES[self.rule]
