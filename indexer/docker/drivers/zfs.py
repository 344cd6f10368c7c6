"""zfs: layers are datasets outside the root, which has their mount points while they are in use.

Source: moby `daemon/graphdriver/zfs/zfs.go`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from indexer.docker.drivers.directory import KIND
from indexer.docker.files.scan import Scan
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from indexer.docker.files.folder import Folder

_FOLDER: Final = "zfs"


def scan(root: Folder) -> Scan[Any]:
    """A scan that says that nothing can be known of the directories of zfs."""
    if not root.has(_FOLDER):
        return Scan()
    path = root.join(_FOLDER)
    message = (
        f"{path} has no layers in it: zfs keeps them in datasets outside this root, so whose they "
        "are cannot be told; `zfs list` on the host shows them."
    )
    return Scan(findings=(Finding("U3", KIND, None, path, message),), listed=False)
