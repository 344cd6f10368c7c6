"""A finding: a rule that does not hold, and where; readers report them beside their records."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from indexer.docker.rules import RULES

if TYPE_CHECKING:
    from indexer.docker.rules import Severity as Severity


class Finding(NamedTuple):
    """One rule that does not hold.

    `rule` is the code of the rule, and `path` is relative to the Docker root. `object_id` is None
    where the object cannot be named. `message` is a sentence that says what is wrong and what it
    breaks. `severity` is None where it is that of the rule. `cause` says that a whole part could
    not be read, so that everything that depends on this part is unknown.
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
        """The message without the path at its beginning, for output that shows the path too."""
        if not self.path or not self.message.startswith(self.path):
            return self.message
        rest = self.message.removeprefix(self.path)
        if rest.startswith(" "):
            return f"It{rest}"
        if rest.startswith(": "):
            return rest[2].upper() + rest[3:]
        # The message names a file below the path, or another path that begins alike.
        return rest.removeprefix("/") if rest.startswith("/") else self.message

    @property
    def effective_severity(self) -> Severity:
        """Its own severity, or that of its rule."""
        return self.severity or RULES[self.rule].severity
