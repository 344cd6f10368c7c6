"""Where the system's containerd has its root, as its settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from indexer.docker.discovery import discover

if TYPE_CHECKING:
    from pathlib import Path


def configured(system: Path, text: str) -> str:
    """The containerd root of a system whose config.toml holds `text`."""
    folder = system / "etc/containerd"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(text)
    return discover(str(system)).containerd


def test_the_default(tmp_path: Path) -> None:
    """Without settings it is where packages put it, below the system's root."""
    assert discover(str(tmp_path)).containerd == f"{tmp_path}/var/lib/containerd"


def test_another_root(tmp_path: Path) -> None:
    """What `root` says is taken."""
    assert configured(tmp_path, 'version = 2\nroot = "/data/ctrd"\n') == f"{tmp_path}/data/ctrd"


@pytest.mark.parametrize("text", ["root = [", 'root = "relative"', "root = 3", "\0", "[" * 5000])
def test_settings_that_say_nothing(tmp_path: Path, text: str) -> None:
    """The default is taken, and a file that is no TOML is named."""
    assert configured(tmp_path, text) == f"{tmp_path}/var/lib/containerd"
    found = discover(str(tmp_path))
    told = any("etc/containerd/config.toml is no TOML" in notice for notice in found.notices)
    assert told == (text not in ('root = "relative"', "root = 3"))
