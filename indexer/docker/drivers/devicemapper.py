"""Reads the devices of devicemapper (until 24.0), each of which has a file in `metadata/`.

A layer is a thin device, whose files are not in the root.
Source: moby v20.10 `daemon/graphdriver/devmapper/deviceset.go`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from indexer.docker.drivers.directory import fault, plain
from indexer.docker.drivers.places import LAYER_PLACES
from indexer.docker.drivers.space import IdSpace, ReadContext, each
from indexer.docker.encodings import gojson
from indexer.docker.files.folder import UnreadableError

if TYPE_CHECKING:
    from indexer.docker.drivers.directory import DriverDirectory
    from indexer.docker.files.folder import StampedEntry
    from indexer.docker.rules.finding import Finding

_LIMIT: Final = 4096
_SPECIAL: Final = re.compile(r"base|deviceset-metadata|transaction-metadata|.*\.migrated")


def _read_one(
    context: ReadContext, entry: StampedEntry, findings: list[Finding]
) -> DriverDirectory:
    record = plain(entry)
    data = context.folder.read(entry.name, _LIMIT)
    try:
        deleted = gojson.boolean(gojson.decode_object(data), "deleted")
    except gojson.JsonError as error:
        reason = UnreadableError("G2", f"{error}, so that the device cannot be used")
        findings.append(fault(context.folder.join(entry.name), reason, record.name))
        return record
    return record._replace(removing=deleted)


SPACE: Final = IdSpace(
    LAYER_PLACES["devicemapper"].directories, each(_read_one), kind="file", reserved=_SPECIAL
)
"""The ID space of devicemapper, in which files stand for devices."""
