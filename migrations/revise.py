"""`make migration`: write the next revision from the difference between migrations and models."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from indexer.index.migration import alembic_config, revisions, upgrade
from indexer.index.place import create_file
from indexer.index.sqlite_file import writing_engine


def main(message: str) -> None:
    """Bring an empty index up with the migrations there are, and write what the models add."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "index.db")
        create_file(path)
        engine = writing_engine(path)
        upgrade(engine, path, create=False)
        with engine.begin() as connection:
            revision = f"{int(revisions()[-1]) + 1:04}"
            command.revision(
                alembic_config(connection), message, autogenerate=True, rev_id=revision
            )


if __name__ == "__main__":
    main(sys.argv[1])
