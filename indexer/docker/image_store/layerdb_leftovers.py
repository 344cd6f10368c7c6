"""Leftovers of the layer store: removals and writes of layers that were cut short, or are running.

The engine renames a layer to `…-removing` before it deletes the files. It writes a new layer in
`tmp/write-set-…` (`tmp/layer-…` before 1.13), and never cleans that folder. Source: moby
`layer/filestore.go`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from indexer.docker.encodings.sizes import plausible_size
from indexer.docker.encodings.times import utc_of_file
from indexer.docker.files.folder import GoneError, UnreadableError, printable
from indexer.docker.files.scan import unreadable
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.files.folder import Folder

REMOVING: Final = re.compile(r"([0-9a-f]{64})-[0-9a-f]{64}-removing")
"""The folder name of a layer that is being removed: its chain ID, then random digits."""

_KIND: Final = "layer"
_LIMIT: Final = 4096
_CACHE_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]*")

Kind = Literal["removing", "in-progress", "ingest", "unknown-blob", "unknown-snapshot"]


class Leftover(NamedTuple):
    """A removal or a write of a layer that is in progress or was cut short.

    `name` is its folder under `layerdb/sha256` (`removing`) or `layerdb/tmp` (`in-progress`).
    `chain_id` is the layer that is being removed, and `cache_id` the name of the graph driver's
    directory; each is None if it is not noted yet. `modified_at` is the time of the last change in
    the folder as UTC text. `size_bytes` is the length of the files in it, None if not plausible.
    """

    name: str
    kind: Kind
    chain_id: str | None
    cache_id: str | None
    modified_at: str | None
    size_bytes: int | None


class Leftovers(NamedTuple):
    """All leftovers of a store, with a finding for each and for what could not be read."""

    records: tuple[Leftover, ...]
    findings: tuple[Finding, ...]

    def with_recent_as_info(self, since: str | None) -> Leftovers:
        """The same with severity *info* for leftovers changed at or after `since` (UTC text).

        They may be work in progress. With None no engine runs, and nothing changes.
        """
        if since is None:
            return self
        young = {it.name for it in self.records if (it.modified_at or "9") >= since}
        return self._replace(
            findings=tuple(_with_recent_as_info(it, young) for it in self.findings)
        )


def scan_leftovers(store: Folder) -> Leftovers:
    """The leftovers in the store folder `image/<driver>`. Raises nothing."""
    findings: list[Finding] = []
    records = {record.name: record for record in _removals(store, findings)}
    for record in _writes(store, findings):
        # Two names that are not UTF-8 may print alike: one record, but a finding for each.
        records.setdefault(record.name, record)
    return Leftovers(tuple(records.values()), tuple(findings))


def _removals(store: Folder, findings: list[Finding]) -> Iterator[Leftover]:
    try:
        with store.descend("layerdb", "sha256") as folder:
            for name in sorted(folder.kinds()):
                match = REMOVING.fullmatch(name)
                if match is None:
                    continue
                leftover = _read(folder, name, "removing", f"sha256:{match[1]}", findings)
                if leftover is not None:
                    findings.append(_removal(folder.join(name), leftover))
                    yield leftover
    except (GoneError, UnreadableError):
        # The scan of the layers in the same folder reports it.
        return


def _writes(store: Folder, findings: list[Finding]) -> Iterator[Leftover]:
    try:
        with store.descend("layerdb", "tmp") as folder:
            for name in sorted(folder.kinds()):
                leftover = _read(folder, name, "in-progress", None, findings)
                if leftover is not None:
                    findings.append(_write(folder.join(name)))
                    yield leftover
    except GoneError:
        return
    except UnreadableError as error:
        findings.append(unreadable(store, "layerdb/tmp", _KIND, error))


def _read(
    folder: Folder, name: str, kind: Kind, chain_id: str | None, findings: list[Finding]
) -> Leftover | None:
    cache_id = modified_at = None
    size_bytes: int | None = 0
    try:
        entry = folder.entry(name)
        modified_at = utc_of_file(entry.modified_ns)
        if entry.kind == "folder":
            with folder.folder(name) as files:
                newest = max([entry, *files.compare({})[1]], key=lambda it: it.modified_ns)
                modified_at = utc_of_file(newest.modified_ns)
                cache_id = _cache_id(files, chain_id, findings)
                size_bytes = plausible_size(sum(_sizes(files)))
    except GoneError:
        return None
    except UnreadableError as error:
        findings.append(unreadable(folder, name, _KIND, error)._replace(object_id=chain_id))
    return Leftover(printable(name), kind, chain_id, cache_id, modified_at, size_bytes)


def _sizes(files: Folder) -> Iterator[int]:
    for name, kind in files.kinds().items():
        if kind == "file":
            try:
                yield files.size(name)
            except GoneError:
                continue


def _cache_id(files: Folder, chain_id: str | None, findings: list[Finding]) -> str | None:
    try:
        text = files.read("cache-id", _LIMIT).decode("utf-8", "replace").strip()
    except GoneError:
        return None
    except UnreadableError as error:
        findings.append(unreadable(files, "cache-id", _KIND, error)._replace(object_id=chain_id))
        return None
    if not text or _CACHE_ID.fullmatch(text):
        return text or None
    path = files.join("cache-id")
    message = f"{path} holds {text!r}, which names no directory; which one it was is unknown."
    findings.append(Finding("L7", _KIND, chain_id, path, message))
    return None


def _with_recent_as_info(finding: Finding, young: set[str]) -> Finding:
    is_young = finding.rule in ("L12", "L13") and printable(finding.path).split("/")[-1] in young
    return finding._replace(severity="info") if is_young else finding


def _removal(path: str, leftover: Leftover) -> Finding:
    message = f"{path} is a layer whose removal is in progress or failed; it keeps its space."
    return Finding("L12", _KIND, leftover.chain_id, path, message)


def _write(path: str) -> Finding:
    message = f"{path} is a layer write in progress, or one cut short that keeps its disk space."
    return Finding("L13", _KIND, None, path, message)
