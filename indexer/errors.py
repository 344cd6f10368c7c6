"""The base of every error that ends a command: a sentence for the user, and an exit code.

This module imports nothing, so that readers of the disk can raise such errors too.
"""

from typing import ClassVar


class DockidxError(Exception):
    """Something that the user can act on; the message says what is wrong and what to do next."""

    exit_code: ClassVar[int] = 1
    """The code that the program ends with."""
