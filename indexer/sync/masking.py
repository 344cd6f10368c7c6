"""The values of variables in Dockerfile instructions, left out like those of `Env`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Set

MASK: Final = "***"
"""What stands in the place of a value."""

_ENV: Final = re.compile(r"((?:\S+ -c #\(nop\) +)?ENV )(.*)", re.DOTALL | re.IGNORECASE)
_NAME: Final = re.compile(r"(?<!\S)([^\s=]+)=")


def masked(instruction: str | None, names: Set[str]) -> str | None:
    """The `created_by` of a history entry; of an ENV only those of `names` that it sets are left.

    `names` are the variables of the image: where a value has spaces, what looks like a further
    variable may be part of it. Source: moby `builder/dockerfile/dispatchers.go`, BuildKit
    `frontend/dockerfile/dockerfile2llb/convert.go`.
    """
    found = _ENV.fullmatch(instruction) if instruction is not None else None
    if found is None:
        return instruction
    told = dict.fromkeys(name for name in _NAME.findall(found[2]) if name in names)
    return found[1] + (" ".join(f"{name}={MASK}" for name in told) or MASK)
