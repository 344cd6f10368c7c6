"""Mutations of a Docker root: what a failing disk, a crash or a hostile hand may do to it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from typing import TYPE_CHECKING, Final

from tests.trust.contents import changed, changed_json

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.trust.damage import Damage

SPARSE_BYTES: Final = 10 << 30
ODD_NAMES: Final = (
    b"a\nb",
    b'it\'s "quoted"',
    b"..x",
    b"...",
    b"caf\xe9",
    b"\xff\xfe\xfd",
    b" ",
    b"-rf",
    b"%s%n",
    b"$(id)",
    b"\\",
    b"x" * 255,
    b"\xc3\xa9\x01\x7f",
    b".tmp-config.v2.json123",
    b"repositories.json.tmp",
    b"sha256:" + b"0" * 64,
    b"0" * 63,
    b"A" * 64,
    b"0" * 64 + b"-init",
    b"0" * 64 + b"-removing",
    b"f" * 64 + b"-deadbeef-removing",
    b"write-set-123456789",
)
_LINKS: Final = ("/etc/passwd", "/etc", "nowhere", ".", "..", "/dev/zero", "/proc/self/mem")
_CONFIG: Final = re.compile(r"image/[^/]+/imagedb/content/sha256/[0-9a-f]{64}")


def mutate(damage: Damage, rng: random.Random) -> str:
    """Change the root in one way and say what was done, in words and paths."""
    for _ in range(_TRIES):
        path = rng.choice(damage.groups[rng.choice(list(damage.groups))])
        if not damage.is_there(path):
            continue
        is_file = stat.S_ISREG(os.lstat(damage.at(path)).st_mode)
        way = rng.choice(_OF_FILES if is_file else _OF_FOLDERS)
        said = way(damage, path, rng)
        if said is not None:
            return said
    return "nothing was left to be changed"


def _content(damage: Damage, path: str, rng: random.Random) -> str | None:
    way, data = changed(rng, damage.read(path), damage.ids)
    damage.write(path, data)
    return f"{way} {path!r}"


def _valid_config(damage: Damage, path: str, rng: random.Random) -> str | None:
    """Change an image's config and name it by its new digest, so that it is taken for sound."""
    if not _CONFIG.fullmatch(path):
        return None
    data = changed_json(rng, damage.read(path), damage.ids)
    name = hashlib.sha256(data).hexdigest()
    fresh = os.path.join(os.path.dirname(path), name)
    if not damage.is_free(fresh):
        return None
    damage.write(fresh, data)
    names = os.path.join(*path.split("/")[:2], "repositories.json")
    if damage.is_there(names) and stat.S_ISREG(os.lstat(damage.at(names)).st_mode):
        old = os.path.basename(path).encode()
        damage.write(names, damage.read(names).replace(old, name.encode()))
    return f"new config {fresh!r} made of {path!r}"


def _delete(damage: Damage, path: str, _: random.Random) -> str | None:
    damage.take(path)
    return f"delete {path!r}"


def _swap(damage: Damage, path: str, rng: random.Random) -> str | None:
    """Exchange two things, of one kind or not."""
    groups = list(damage.groups.values())
    own = next(paths for paths in groups if path in paths)
    other = rng.choice(rng.choice((own, own, rng.choice(groups))))
    nested = other.startswith(f"{path}/") or path.startswith(f"{other}/") or other == path
    if nested or not damage.is_there(other):
        return None
    one_kept, other_kept = damage.take(path), damage.take(other)
    _copy(other_kept, damage.place(path))
    _copy(one_kept, damage.place(other))
    return f"swap {path!r} {other!r}"


def _twin(damage: Damage, path: str, rng: random.Random) -> str | None:
    """Copy a thing to another valid name beside it."""
    twin = os.path.join(os.path.dirname(path), rng.choice((rng.choice(damage.ids), "e" * 64)))
    if not damage.is_free(twin):
        return None
    _copy(damage.at(path), damage.place(twin))
    return f"copy {path!r} {twin!r}"


def _rename(damage: Damage, path: str, rng: random.Random) -> str | None:
    name = rng.choice((os.fsdecode(rng.choice(ODD_NAMES)), rng.choice(damage.ids)))
    renamed = os.path.join(os.path.dirname(path), name)
    if not damage.is_free(renamed):
        return None
    _copy(damage.take(path), damage.place(renamed))
    return f"rename {path!r} {renamed!r}"


def _replace(damage: Damage, path: str, rng: random.Random) -> str | None:
    """Put something of another kind in the place."""
    kind = rng.choice(("link", "sibling", "fifo", "socket", "device", "folder", "file", "sparse"))
    damage.take(path)
    plant(damage.place(path), kind, rng.choice(_LINKS), rng.choice(damage.paths))
    return f"{kind} in the place of {path!r}"


def _junk(damage: Damage, path: str, rng: random.Random) -> str | None:
    """Put odd entries into a folder."""
    folder = path if os.path.isdir(damage.at(path)) else os.path.dirname(path)
    if os.path.islink(damage.at(folder)):
        return None
    for _ in range(rng.choice((1, 5, 50))):
        name = os.fsdecode(rng.choice((*ODD_NAMES, b"%064x" % rng.getrandbits(256))))
        junk = os.path.join(folder, name)
        if damage.is_free(junk):
            kind = rng.choice(("link", "fifo", "folder", "file"))
            plant(damage.place(junk), kind, rng.choice(_LINKS), path)
    return f"junk in {folder!r}"


def _grow_sparse(damage: Damage, path: str, _: random.Random) -> str | None:
    damage.write(path, damage.read(path))
    os.truncate(damage.at(path), SPARSE_BYTES)
    return f"sparse growth of {path!r}"


def plant(place: str, kind: str, target: str, sibling: str) -> None:
    """Make a thing of `kind` at the free path `place`; links lead to `target` or `sibling`."""
    if kind == "link":
        os.symlink(target, place)
    elif kind == "sibling":
        os.symlink(os.path.basename(sibling), place)
    elif kind == "fifo":
        os.mkfifo(place)
    elif kind == "socket":
        os.mknod(place, stat.S_IFSOCK | 0o600)
    elif kind == "device" and os.geteuid() == 0:
        os.mknod(place, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    elif kind == "folder":
        os.mkdir(place)
    else:
        with open(place, "xb") as file:
            file.truncate(SPARSE_BYTES if kind == "sparse" else 0)


def _copy(source: str, place: str) -> None:
    mode = os.lstat(source).st_mode
    if stat.S_ISDIR(mode):
        shutil.copytree(source, place, symlinks=True, copy_function=_copy_file)
    else:
        _copy_file(source, place)


def _copy_file(source: str, place: str) -> None:
    mode = os.lstat(source).st_mode
    if stat.S_ISLNK(mode):
        os.symlink(os.readlink(source), place)
    elif stat.S_ISREG(mode):
        # A hard link costs nothing, also of a sparse giant.
        os.link(source, place)
    else:
        os.mknod(place, mode, os.lstat(source).st_rdev)


_TRIES: Final = 50
_EITHER: Final[tuple[Callable[[Damage, str, random.Random], str | None], ...]] = (
    _delete,
    _swap,
    _twin,
    _rename,
    _replace,
    _junk,
)
_OF_FILES: Final = (*([_content] * 8), *([_valid_config] * 4), _grow_sparse, *_EITHER)
_OF_FOLDERS: Final = _EITHER
