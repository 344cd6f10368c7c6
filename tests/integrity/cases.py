"""What a case of damage is, and how the tables of them are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integrity.site import Site

OVERLAY2 = "20.10-overlay2"
BUSY = "26.1.5-overlay2"
VFS = "28.5.2-vfs"
ZEROS = "0" * 64
ABSENT = f"sha256:{'ab' * 32}"
LINK = "A" * 26


class Named(NamedTuple):
    """What the finding has to name: the object, and the path relative to the root."""

    object_id: str | None
    path: str


class Case(NamedTuple):
    """Damage by which `rule` is broken, with `severity`.

    `follows` are rules that are broken with it of necessity: the case says why. `root` names the
    golden root that is damaged.
    """

    rule: str
    severity: str
    damage: Callable[[Site], Named]
    follows: frozenset[str]
    root: str

    @property
    def name(self) -> str:
        """Rule and function, for the test's name."""
        return f"{self.rule}-{self.damage.__name__}"


class Table(list[Case]):
    """Cases, added by a decorator to the functions that do the damage."""

    def case(
        self, rule: str, severity: str, follows: str = "", root: str = OVERLAY2
    ) -> Callable[[Callable[[Site], Named]], Callable[[Site], Named]]:
        """Add the decorated function; `follows` are rule ids with spaces between."""

        def add(damage: Callable[[Site], Named]) -> Callable[[Site], Named]:
            self.append(Case(rule, severity, damage, frozenset(follows.split()), root))
            return damage

        return add
