"""Folders that ship beside the code: `migrations/` and `queries/`."""

from pathlib import Path


def shipped(name: str) -> Path:
    """The folder `name`: inside the package once installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / f"_{name}"
    return installed if installed.is_dir() else package.parent / name
