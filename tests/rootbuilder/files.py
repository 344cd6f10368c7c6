"""Writing files as the engine does: exact modes, whole files by rename, the JSON of Go."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

Files = Mapping[str, bytes]
"""Contents of regular files by relative path."""

NO_FILES: Final[Files] = MappingProxyType({})

_GO_ESCAPES: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def make_directory(path: Path, mode: int = 0o755) -> Path:
    """Make `path` and its missing parents with `mode`, whatever the umask; old ones stay."""
    try:
        os.mkdir(path, mode)
    except FileExistsError:
        return path
    except FileNotFoundError:
        make_directory(path.parent, mode)
        os.mkdir(path, mode)
    os.chmod(path, mode)
    return path


def write_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write `data` straight to `path`, with `mode` whatever the umask."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        os.fchmod(descriptor, mode)
        file.write(data)


def replace_file(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write `data` to a temporary name beside `path` and rename it (`moby/sys/atomicwriter`)."""
    temporary = path.with_name(f".tmp-{path.name}{zlib.crc32(data)}")
    write_file(temporary, data, mode)
    os.replace(temporary, path)


def write_tree(directory: Path, files: Files) -> None:
    """Write `files` and the folders they lie in below `directory`."""
    for name, content in files.items():
        target = directory / name
        make_directory(target.parent)
        write_file(target, content)


def go_json(value: object, *, sort_keys: bool = False) -> bytes:
    """Encode `value` in one line as Go's `encoding/json` does, without a newline."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=sort_keys)
    return text.translate(_GO_ESCAPES).encode()
