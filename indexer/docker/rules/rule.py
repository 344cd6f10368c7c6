"""What an integrity rule is: its record, and the words for how it is decided."""

from typing import Literal, NamedTuple

Severity = Literal["fatal", "error", "warning", "info"]
"""Fatal: the engine does not start; error: an object is unusable or lost to the user; warning: a
leak, a wrong number or something degraded; info: worth knowing."""

How = Literal["reader", "sql", "deep"]
"""A reader sees it in one file or folder, a statement in the tables, `check --deep` in contents."""


class Rule(NamedTuple):
    """One integrity rule.

    `severity` is that of its findings, unless one has another. `says` is what has to hold, `breaks`
    what the user loses where it does not, both as sentences; `path` is what a finding's path is.
    `live` says that a race with a running engine could look like a violation even to a reader.
    `limits` says what cannot be decided without the engine.
    """

    id: str
    severity: Severity
    says: str
    breaks: str
    path: str
    how: tuple[How, ...] = ("reader",)
    live: bool = False
    limits: str | None = None

    @property
    def is_raceable(self) -> bool:
        """Whether a race with a running engine can look like a violation.

        What takes several tables is not read all at once.
        """
        return self.live or "sql" in self.how
