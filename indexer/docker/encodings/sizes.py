"""The largest size in bytes that is believed of one layer, log or directory tree."""

from typing import Final

MOST_BYTES: Final = 1 << 44
"""16 TiB. A larger size is a fault, and a sum of 500,000 sizes up to this one fits in 64 bits.

The limit is not lower because sparse files in real containers, such as `/var/log/lastlog`, reach a
length of a terabyte.
"""

IMPLAUSIBLE: Final = f"is longer than the {MOST_BYTES} bytes that are plausible"
"""The reason why a size above `MOST_BYTES` is not counted, to be put after the path."""


def plausible_size(size: int) -> int | None:
    """`size` in bytes; None if it is negative or above `MOST_BYTES`."""
    return size if 0 <= size <= MOST_BYTES else None
