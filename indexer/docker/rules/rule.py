"""The record of an integrity rule: what has to hold, what breaks, and what to do."""

from typing import Literal, NamedTuple

Severity = Literal["fatal", "error", "warning", "info"]
"""Fatal: the engine does not start. Error: an object is unusable or lost to the user. Warning:
space is leaked, a number is wrong, or something is degraded. Info: worth knowing."""

How = Literal["reader", "sql", "deep"]
"""Who sees it: a reader in one file or folder, SQL in the tables, `check --deep` in contents."""


class Rule(NamedTuple):
    """One integrity rule.

    `id` is the code that findings carry, and `slug` says in a few words what a finding is about.
    `severity` is that of its findings, unless one has another. `requirement` is what has to hold,
    `consequence` what breaks where it does not, and `remedy` what to do then, all as sentences.
    `path` is what the path of a finding names. `live` says that a race with a running engine could
    look like a violation even to a reader. `limits` says what cannot be decided from the disk.
    `depth` is 0 for a rule that other rules are broken by, and higher for one that is usually
    broken as a consequence: a missing layer (0) breaks an image (1) and its name (2).
    """

    id: str
    slug: str
    severity: Severity
    requirement: str
    consequence: str
    remedy: str
    path: str
    how: tuple[How, ...] = ("reader",)
    live: bool = False
    limits: str | None = None
    depth: int = 0

    @property
    def is_raceable(self) -> bool:
        """Whether a race with a running engine can look like a violation.

        A statement over several tables sees files that were not all read at the same moment.
        """
        return self.live or "sql" in self.how
