"""A real root to be damaged, and what has to be found on it then."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

from indexer.index.migration import upgrade
from indexer.index.place import create_file
from indexer.index.sqlite_file import writing_connection
from tests.integrity.site import Site
from tests.roots import unpack
from tests.sync.index_files import select, sync_roots

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integrity.cases import Case

_COLUMNS = "rule, severity, object_kind, object_id, path, message, found_by"


class Ground(NamedTuple):
    """A root to be damaged, an index of it while it is sound, and one of nothing yet."""

    site: Site
    index: Path
    blank: Path


def make_ground(name: str, folder: Path) -> Ground:
    """Unpack the golden root `name` into the empty `folder`."""
    root, index, blank = unpack(name, folder), folder / "sound.db", folder / "blank.db"
    (folder / "attic").mkdir()
    create_file(str(blank))
    with writing_connection(str(blank)) as connection:
        upgrade(connection, blank.name)
    sync_roots(index, root)
    return Ground(Site(root, name.rpartition("-")[2], index, folder / "attic"), index, blank)


def found(index: Path) -> set[tuple[Any, ...]]:
    """All problems, without when they were seen."""
    return set(select(index, f"SELECT {_COLUMNS} FROM problems"))


def assert_found(case: Case, ground: Ground, folder: Path) -> None:
    """The rule fires with its severity on the damaged object, and only what follows of it beside.

    An index that was there before the damage says exactly what one says that is made after it.
    """
    followed, fresh = folder / "followed.db", folder / "fresh.db"
    shutil.copy(ground.index, followed)
    shutil.copy(ground.blank, fresh)

    named = case.damage(ground.site)
    sync_roots(followed, ground.site.path)
    sync_roots(fresh, ground.site.path)

    new = found(fresh) - found(ground.index)
    assert {row[0] for row in new} == {case.rule, *case.follows}
    own = [row for row in new if row[0] == case.rule]
    assert (case.severity, *named) in {(row[1], row[3], row[4]) for row in own}
    assert not any(row[5].startswith(row[4]) for row in new)
    assert all(row[5][0].isprintable() and row[5].endswith(".") for row in new)
    assert found(followed) == found(fresh)
