"""`-v`: messages of the library on standard error."""

import logging
import sys
from typing import Final

_FORMAT: Final = "%(relativeCreated)6d ms  %(message)s"


def start_logging(verbosity: int) -> None:
    """Show messages from level INFO on for a `verbosity` of 1, and from DEBUG on for more."""
    logging.basicConfig(stream=sys.stderr, format=_FORMAT, force=True)
    logging.getLogger("indexer").setLevel(logging.INFO if verbosity == 1 else logging.DEBUG)
