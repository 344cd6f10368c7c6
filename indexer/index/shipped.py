"""Finds the folders that ship with the code: `migrations/` and `queries/`."""

from pathlib import Path


def shipped(name: str) -> Path:
    """Return the folder `name`: in the installed package, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / f"_{name}"
    return installed if installed.is_dir() else package.parent / name
