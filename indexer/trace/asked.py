"""What somebody asked about: an ID or its beginning, a name, or a path."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_DIGEST: Final = re.compile(r"(?:sha256:)?([0-9a-f]{4,64})")
_WHOLE: Final = 64
_BUILD_ID: Final = re.compile(r"[0-9a-z]{4,24}")
_LINK: Final = re.compile(r"(?:l/)?([A-Z2-7]{26})")
_PLACES: Final = (
    re.compile(r"/(?:overlay2|fuse-overlayfs|overlay|windowsfilter)/l/(?P<name>[A-Z2-7]{26})"),
    re.compile(
        r"/(?:overlay2|fuse-overlayfs|overlay|windowsfilter|graph|vfs/dir|btrfs/subvolumes|zfs/graph|"
        r"aufs/(?:diff|layers|mnt)|devicemapper/(?:mnt|metadata))/(?P<name>"
        r"[0-9a-z]{25,64}(?:-init|-removing)?)"
    ),
    re.compile(r"/layerdb/(?:sha256|mounts)/(?P<name>[0-9a-f]{64})"),
    re.compile(r"/imagedb/(?:content|metadata)/sha256/(?P<name>[0-9a-f]{64})"),
    re.compile(r"/distribution/[a-z0-9-]+/sha256/(?P<name>[0-9a-f]{64})"),
    re.compile(r"/io\.containerd\.content\.v1\.content/blobs/sha256/(?P<name>[0-9a-f]{64})"),
    re.compile(r"/io\.containerd\.snapshotter\.v1\.[a-z0-9-]+/snapshots/(?P<name>[0-9]+)"),
    re.compile(r"/containers/(?P<name>[0-9a-f]{64})"),
    re.compile(r"/volumes/(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]*)"),
)
_FILES: Final = re.compile(r"/(?:diff|fs|root|Files|_data)(/.*)")


class Asked(NamedTuple):
    """What to look for.

    `name` is an ID without its algorithm, or a name; `prefix` says that more of an ID may follow.
    `inner_path` is the path inside a layer's or a volume's files where one was given, else None.
    """

    name: str
    prefix: bool
    inner_path: str | None


def parse_asked(text: str) -> tuple[Asked, ...]:
    """What `text` can be, the likeliest first.

    That is a path below a Docker root or from it on, a digest or prefix, a link, or a name.
    """
    text = text.strip()
    if "/" in text and (found := _from_path(f"/{text.removeprefix('/')}")) is not None:
        # The repository of an image can look like a path.
        return found, Asked(text, prefix=False, inner_path=None)
    if (digest := _DIGEST.fullmatch(text)) is not None:
        return (Asked(digest[1], prefix=len(digest[1]) < _WHOLE, inner_path=None),)
    if (link := _LINK.fullmatch(text)) is not None:
        return (Asked(link[1], prefix=False, inner_path=None),)
    # What is no name can be the beginning of an ID of BuildKit's.
    prefix = _BUILD_ID.fullmatch(text) is not None
    return (Asked(text, prefix=prefix, inner_path=None),)


def _from_path(path: str) -> Asked | None:
    for place in _PLACES:
        found = place.search(path)
        if found is not None:
            files = _FILES.match(path, found.end())
            return Asked(found["name"], prefix=False, inner_path=files[1] if files else None)
    return None
