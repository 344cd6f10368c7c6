"""Reads the short links in `l/` of overlay2 and fuse-overlayfs.

The kernel limits mount options to one page, so the driver uses these short names in them. Each is a
symbolic link to `../<directory>/diff`; it is parsed here and never followed. Source: moby
`daemon/graphdriver/overlay2/overlay.go`, `overlayutils/randomid.go`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.files.folder import Folder, GoneError, UnreadableError, printable
from indexer.docker.files.scan import Previous, Scan, ScanBuilder, Tick, not_listed
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Set

SHORT_LINK: Final = r"[A-Z2-7]{26}"
"""The name of a short link: 130 random bits in base32."""

_FOLDER: Final = "l"
_KIND: Final = "short link"
_TARGET: Final = re.compile(r"\.\./([^/\x00]+)/diff")
_LIMIT: Final = 64


class ShortLink(NamedTuple):
    """A short link and the directory that it points to; None if it points elsewhere."""

    name: str
    target: str | None


def read_short_links(home: Folder, known: Previous, tick: Tick) -> Scan[tuple[ShortLink, ...]]:
    """Read the short links in the driver's folder `home`, sorted, as one record named `l`.

    A symbolic link cannot be modified, only replaced, which changes the folder. So the fingerprint
    of the folder covers all links.
    """
    builder = ScanBuilder[tuple[ShortLink, ...]](known, tick)
    try:
        with home.folder(_FOLDER) as folder:
            fingerprint = folder.fingerprint()
            if not builder.is_known(_FOLDER, fingerprint):
                findings: list[Finding] = []
                links = tuple(sorted(_links(folder, findings)))
                builder.add(_FOLDER, fingerprint, links, findings)
    except GoneError:
        return Scan()
    except UnreadableError as error:
        return not_listed(home.join(_FOLDER), _KIND, error)
    return builder.finish()


class LinkTargets(dict[str, str | None]):
    """Maps each short link to the directory that it stands for; None if no such directory exists.

    A link in `l/` counts first, because the engine mounts what it points to. If it is missing or
    broken, the link stands for the only directory that has this name in its file `link`.
    """

    __slots__ = ("_claimed", "_claims", "_home", "_names")

    def __init__(
        self, home: Folder, links: Iterable[str], claims: list[tuple[str, str]], names: Set[str]
    ) -> None:
        """Look up `links` in `l/` of the driver's folder `home`, which has the directories `names`.

        `claims` are pairs of link and directory from the files `link` that were already read.
        """
        super().__init__(_in_folder(home, links, names))
        self._home = home
        self._names = names
        self._claims = claims
        self._claimed: dict[str, str] | None = None

    def __missing__(self, link: str) -> str | None:
        """Look `link` up in the files `link` of all directories, and remember the result."""
        if self._claimed is None:
            self._claimed = _unambiguous([*self._claims, *self._other_claims()])
        target = self._claimed.get(link)
        self[link] = target if target in self._names else None
        return self[link]

    def _other_claims(self) -> Iterator[tuple[str, str]]:
        for name in self._names - {name for _, name in self._claims}:
            try:
                with self._home.folder(name) as files:
                    yield files.read("link", _LIMIT).decode("utf-8", "replace"), name
            except (GoneError, UnreadableError):
                continue


def _in_folder(
    home: Folder, links: Iterable[str], names: Set[str]
) -> Iterator[tuple[str, str | None]]:
    try:
        with home.folder(_FOLDER) as folder:
            for link in links:
                try:
                    target = _target(folder.link_target(link))
                except (GoneError, UnreadableError):
                    continue
                if target in names:
                    yield link, target
    except (GoneError, UnreadableError):
        return


def _unambiguous(claims: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    disputed: set[str] = set()
    for link, name in claims:
        if found.setdefault(link, name) != name:
            disputed.add(link)
    return {link: name for link, name in found.items() if link not in disputed}


def _target(text: str) -> str | None:
    # `../../diff` would lead out of the driver's folder.
    match = _TARGET.fullmatch(text)
    return printable(match[1]) if match and match[1] != ".." else None


def _links(folder: Folder, findings: list[Finding]) -> Iterator[ShortLink]:
    misplaced: list[str] = []
    for name, kind in folder.kinds().items():
        if kind != "link":
            misplaced.append(printable(name))
            continue
        try:
            text = folder.link_target(name)
        except (GoneError, UnreadableError):
            continue
        target = _target(text)
        if target is None:
            findings.append(_astray(folder, printable(name), printable(text)))
        yield ShortLink(printable(name), target)
    if misplaced:
        findings.append(_misplaced(folder, misplaced))


def _astray(folder: Folder, name: str, text: str) -> Finding:
    path = folder.join(name)
    message = f"{path} points to {text!r} and not to the folder diff of a directory of the driver."
    return Finding("S1", _KIND, name, path, message)


def _misplaced(folder: Folder, names: list[str]) -> Finding:
    message = (
        f"{folder.path} has {len(names)} entries that are no symbolic links, such as {min(names)}; "
        "if a copy replaced the links by their targets, no engine can use this copy."
    )
    return Finding("G3", _KIND, None, folder.path, message)
