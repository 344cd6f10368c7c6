"""The index has passwords in volume options only after `--env-values`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from indexer.sync.tables.secrets import masked
from tests.readers.encodings.bolt_writer import bolt_file
from tests.rootbuilder import RootBuilder
from tests.rootbuilder.files import go_json, replace_file
from tests.sync.index_files import select, sync_roots

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "hunter2-hunter2"
SHARE = {"type": "cifs", "o": f"username=u,password={SECRET},vers=3.0", "device": "//nas/share"}
OPTIONS = "SELECT name, option, value FROM volume_options ORDER BY name, option"
MASKED = [
    ("remote", "sshcmd", None),
    ("share", "device", "//nas/share"),
    ("share", "o", "username=u,password=***,vers=3.0"),
    ("share", "type", "cifs"),
]


@pytest.fixture
def root(tmp_path: Path) -> RootBuilder:
    """A root with a CIFS share and a volume of a plugin, each with a password."""
    built = RootBuilder(tmp_path / "docker")
    built.image([b"base"])
    built.volume("share", SHARE)
    plugin = {"Name": "remote", "Driver": "vieux/sshfs", "Options": {"sshcmd": f"u:{SECRET}@h:/"}}
    content = bolt_file({b"volumes": {b"remote": go_json(plugin)}})
    replace_file(built.path / "volumes/metadata.db", content)
    return built


def holds_the_secret(index: Path) -> bool:
    """Whether the password is anywhere in the index file or in the files beside it."""
    return any(SECRET.encode() in path.read_bytes() for path in index.parent.glob(f"{index.name}*"))


def test_options_with_passwords(root: RootBuilder, tmp_path: Path) -> None:
    """They are masked, stored with the option, and masked again without a trace in the file."""
    index = tmp_path / "index.db"
    sync_roots(index, root.path)
    assert select(index, OPTIONS) == MASKED
    assert not holds_the_secret(index)
    sync_roots(index, root.path, env_values=True)
    assert select(index, OPTIONS)[0] == ("remote", "sshcmd", f"u:{SECRET}@h:/")
    assert select(index, OPTIONS)[2] == ("share", "o", SHARE["o"])
    sync_roots(index, root.path)
    assert select(index, OPTIONS) == MASKED


@pytest.mark.parametrize(
    ("option", "value", "kept"),
    [
        ("o", "addr=10.0.0.1,rw", "addr=10.0.0.1,rw"),
        ("o", "password=a,,b,ro", "password=***,ro"),
        ("o", "pass=,ro", "pass=***,ro"),
        ("o", "user=me%secret,ro", "user=me%***,ro"),
        ("o", "name=admin,secret=AQ==", "name=admin,secret=***"),
        ("device", "//me:secret@nas/share", "//me:***@nas/share"),
        ("device", ":/export", ":/export"),
        ("password", "secret", None),
    ],
)
def test_what_is_masked_of_local_volumes(option: str, value: str, kept: str | None) -> None:
    """Everything except passwords stays, because it says what the volume is."""
    assert masked("local", option, value) == kept
