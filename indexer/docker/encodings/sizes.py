"""How many bytes are plausible_size of one thing."""

from typing import Final

MOST_BYTES: Final = 1 << 44
"""16 TiB. More of one layer, log or tree is a fault, and 500,000 such sizes have a sum of 64 bits.

A sparse file of a real container may well have a length of a terabyte (`/var/log/lastlog`).
"""

IMPLAUSIBLE: Final = f"is longer than the {MOST_BYTES} bytes that are plausible_size"
"""Why something of more than `MOST_BYTES` is not counted, to be put after the path."""


def plausible_size(size: int) -> int | None:
    """`size` in bytes, None where it is no number that one thing can have."""
    return size if 0 <= size <= MOST_BYTES else None
