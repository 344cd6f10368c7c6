"""`network/files/local-kv.db`: the networks of a host (moby `libnetwork/datastore`).

The database is only checked: networks, endpoints and sandboxes are not turned into records.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings import gojson
from indexer.docker.encodings.bolt import BoltError, read_snapshot
from indexer.docker.files.folder import GoneError, UnreadableError
from indexer.docker.files.scan import unread_part
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from indexer.docker.encodings.bolt import Bucket
    from indexer.docker.files.folder import Folder
    from indexer.docker.rules.finding import Severity

_PLACE: Final = ("network", "files")
_FILE: Final = "local-kv.db"
_BUCKET: Final = b"libnetwork"
_INDEX_BYTES: Final = 8
_KIND: Final = "network"


class _Entry(NamedTuple):
    """One value of the database: the kind of the object, the IDs in its key, and its JSON.

    An endpoint has two IDs: those of its network and its own.
    """

    kind: str
    ids: tuple[str, ...]
    value: gojson.Object


def check_networks(root: Folder, containers: Collection[str] | None) -> tuple[Finding, ...]:
    """The findings about the networks of the Docker root `root`.

    `containers` are the IDs of the root's containers, None if they are unknown. Sandboxes are then
    not checked.
    """
    try:
        with root.descend(*_PLACE) as folder:
            path = folder.join(_FILE)
            fd = folder.open(_FILE)
    except GoneError:
        return ()
    except UnreadableError as error:
        return (unread_part(root, "/".join((*_PLACE, _FILE)), _KIND, error),)
    findings: list[Finding] = []
    try:
        bucket = read_snapshot(fd).root.bucket(_BUCKET)
        entries = [] if bucket is None else list(_entries(bucket, path, findings))
    except BoltError as error:
        message = f"{path} {error}; the engine does not start with it."
        return (*findings, Finding("N1", _KIND, None, path, message, cause=True))
    finally:
        os.close(fd)
    return (*findings, *_dangling(entries, containers, path))


def _entries(bucket: Bucket, path: str, findings: list[Finding]) -> Iterator[_Entry]:
    for key, data in bucket.items():
        # The key is docker/network/v1.0/<kind>/<id>/…/; a damaged one may have fewer parts.
        _, _, _, kind, *ids = [*key.decode("utf-8", "replace").split("/"), "", "", "", ""][:8]
        try:
            if len(data) < _INDEX_BYTES:
                raise gojson.JsonError("is too short")
            # The JSON follows a counter of the store; an object without a value has no JSON.
            text = data[_INDEX_BYTES:]
            yield _Entry(kind, tuple(ids), gojson.decode_object(text) if text.strip() else {})
        except gojson.JsonError as error:
            name = "/".join(filter(None, ids))
            message = f"{path} has a value for {kind} {name!r} that {error}; that {kind} is lost."
            findings.append(Finding("N1", kind or _KIND, name, path, message, "error"))


def _dangling(
    entries: list[_Entry], containers: Collection[str] | None, path: str
) -> Iterator[Finding]:
    networks = {entry.ids[0] for entry in entries if entry.kind == "network"}
    for entry in entries:
        if entry.kind == "endpoint" and entry.ids[1] and entry.ids[0] not in networks:
            reason = f"of the network {entry.ids[0]!r}, which does not exist"
            yield _dangling_finding(path, "endpoint", entry.ids[1], reason, None)
        if entry.kind == "sandbox" and containers is not None:
            container = entry.value.get("Cid")
            if isinstance(container, str) and container and container not in containers:
                # Stale sandboxes are normal: a crash leaves them behind and they do no harm.
                reason = f"of the container {container!r}, which does not exist"
                yield _dangling_finding(path, "sandbox", entry.ids[0], reason, "info")


def _dangling_finding(
    path: str, kind: str, name: str, reason: str, severity: Severity | None
) -> Finding:
    message = f"{path} has the {kind} {name!r} {reason}; it may keep a network from being removed."
    return Finding("N2", kind, name, path, message, severity)
