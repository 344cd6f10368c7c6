"""The command `dockidx`: each command parses, calls one function and prints."""

from indexer.cli.main import main

__all__ = ["main"]
