"""Write a migration from what the tables of `indexer.schema` say.

`make migration MESSAGE="…"` adds a revision to those that are released. `make schema` writes the
only revision anew, under a new number: as long as nothing is released, an index of a former one is
not migrated but named.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

from indexer.index.alembic_run import alembic_config, sqlalchemy_connection
from indexer.index.migration import revisions, upgrade
from indexer.index.place import create_file
from indexer.index.sqlite_file import writing_connection

VERSIONS = Path(__file__).parent / "versions"


def main(message: str) -> None:
    """Write the next revision: only what the tables add, or with "" as message all of them."""
    number = int(revisions()[-1]) + 1
    if not message:
        for file in VERSIONS.glob("[0-9]*.py"):
            file.unlink()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "index.db")
        create_file(path)
        with writing_connection(path) as connection:
            if message:
                upgrade(connection, path, create=False)
            with sqlalchemy_connection(connection) as opened:
                command.revision(
                    alembic_config(opened),
                    message or "Schema",
                    autogenerate=True,
                    rev_id=f"{number:04}",
                )


if __name__ == "__main__":
    main(sys.argv[1])
