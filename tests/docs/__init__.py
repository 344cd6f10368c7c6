"""The README and the pages under `docs/`: their commands run, and what they show is current."""

from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[2]

GENERATED: Final = frozenset({"cli.md", "rules.md", "schema.md"})
"""Pages that `make docs` writes as a whole, from the program."""

PAGES: Final = (
    PROJECT / "README.md",
    *(path for path in sorted((PROJECT / "docs").glob("*.md")) if path.name not in GENERATED),
)
"""Pages that people write; the outputs they show are kept current by `make docs`."""
