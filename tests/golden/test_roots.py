"""The captured roots themselves: whoever unpacks one can read it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.roots import CAPTURED_ROOTS, unpack

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", CAPTURED_ROOTS)
def test_an_unpacked_root_is_readable_without_rights(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For any user but root, all that is unpacked is that user's to read and to remove."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    unpack(name, tmp_path)

    modes = {path: path.lstat() for path in tmp_path.rglob("*") if not path.is_symlink()}

    assert len(modes) > 500
    assert {status.st_uid for status in modes.values()} == {os.getuid()}
    for path, status in modes.items():
        needed = 0o700 if stat.S_ISDIR(status.st_mode) else 0o600
        assert status.st_mode & needed == needed, path
