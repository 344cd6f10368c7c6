"""Reports that the layers of zfs cannot be scanned: they are datasets outside the root.

The root contains only mount points, and only while a dataset is in use.

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
    """A scan that is not `listed`, with a finding (U3), if the root has a folder `zfs`."""
    if not root.has(_FOLDER):
        return Scan()
    path = root.join(_FOLDER)
    message = (
        f"{path} does not contain layers: zfs keeps them in datasets outside this root, so their "
        "owners are unknown; `zfs list` on the host shows them."
    )
    return Scan(findings=(Finding("U3", KIND, None, path, message),), listed=False)
