"""dockidx: Docker's storage on disk as an SQL index."""

from typing import Final

VERSION: Final = "0.1.0"
