"""`repositories.json` (moby `reference/store.go`)."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.rootbuilder.files import go_json, replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class ReferenceStore:
    """The references of one image store, held in memory and saved whole at every change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._deferred = False
        self._repositories: dict[str, dict[str, str]] = {}
        if path.exists():
            self._repositories = json.loads(path.read_bytes())["Repositories"]
        else:
            self._save()

    def add(self, reference: str, image_id: str) -> None:
        """Point `reference` (`name:tag` or `name@digest`, familiar form) at `image_id`."""
        self._repositories.setdefault(_repository(reference), {})[reference] = image_id
        self._save()

    def remove(self, *references: str) -> None:
        """Remove `references`, and repositories left empty. Raises `KeyError`."""
        for reference in references:
            repository = self._repositories[_repository(reference)]
            del repository[reference]
            if not repository:
                del self._repositories[_repository(reference)]
        if references:
            self._save()

    def of(self, image_id: str) -> tuple[str, ...]:
        """Give the references that point at `image_id`, sorted."""
        everything = (item for names in self._repositories.values() for item in names.items())
        return tuple(sorted(name for name, target in everything if target == image_id))

    @contextmanager
    def one_save(self) -> Iterator[None]:
        """Save once at the end of the block instead of at every change in it."""
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False
            self._save()

    def _save(self) -> None:
        if not self._deferred:
            document = {"Repositories": self._repositories}
            replace_file(self._path, go_json(document, sort_keys=True))


def _repository(reference: str) -> str:
    name, at, _ = reference.partition("@")
    repository, colon, tag = name.rpartition(":")
    if at:
        return name
    if not colon or "/" in tag:
        raise ValueError(f"The reference {reference!r} has no tag or digest; write it in full.")
    return repository
