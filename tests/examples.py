"""How many examples a property-based test tries that costs more than others."""

from typing import Final

from hypothesis import settings

_USUAL: Final = 100


def examples(count: int) -> int:
    """So many in `make test`; in `make fuzz` as many more as that tries more of others."""
    return count * settings.default.max_examples // _USUAL
