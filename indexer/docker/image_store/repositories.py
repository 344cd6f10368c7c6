"""`image/<driver>/repositories.json`: tags and digest references (moby `reference/store.go`)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings import gojson
from indexer.docker.encodings.digests import is_digest
from indexer.docker.encodings.image_reference import (
    MalformedReferenceError,
    Repository,
    parse_reference,
)
from indexer.docker.files.folder import GoneError, UnreadableError
from indexer.docker.files.scan import unread_part
from indexer.docker.rules.finding import Finding

if TYPE_CHECKING:
    from indexer.docker.files.folder import Folder

_NAME: Final = "repositories.json"
_LIMIT: Final = 256 << 20
_KIND: Final = "repositories"
# A damaged file may have one name of megabytes, which must not fill every message about it.
_SHOWN: Final = 300
_LONGEST_NAME: Final = 16384


class ReferenceRecord(NamedTuple):
    """A name of an image: exactly one of `tag` and `digest` is set."""

    repository: Repository
    tag: str | None
    digest: str | None
    image_id: str


class References(NamedTuple):
    """All names of the images of a store.

    `content_hash` is a hash of the file's bytes, None if the file does not exist or could not be
    read. `readable` is False if the file exists and could not be read or decoded.
    """

    records: tuple[ReferenceRecord, ...]
    findings: tuple[Finding, ...]
    content_hash: bytes | None
    readable: bool


def read_content_hash(store: Folder) -> bytes | None:
    """The present `content_hash` of the store; None if the file does not exist or is unreadable."""
    try:
        return _content_hash(store.read(_NAME, _LIMIT))
    except (GoneError, UnreadableError):
        return None


def read_references(store: Folder) -> References:
    """The references of the store folder `image/<driver>`. Raises nothing."""
    try:
        raw = store.read(_NAME, _LIMIT)
    except GoneError:
        return References((), (), None, readable=True)
    except UnreadableError as error:
        return References((), (unread_part(store, _NAME, _KIND, error),), None, readable=False)
    path = store.join(_NAME)
    content_hash = _content_hash(raw)
    try:
        source, has_more = gojson.decode_first(raw)
        repositories = gojson.table(source, "Repositories")
    except gojson.JsonError as error:
        message = f"{path} {error}; the engine does not start with it and all tags are lost."
        finding = Finding("R1", _KIND, None, path, message, cause=True)
        return References((), (finding,), content_hash, readable=False)
    references = _records(path, repositories, content_hash)
    if not has_more:
        return references
    message = f"{path} has bytes after its JSON value, which the engine ignores; it was damaged."
    more = Finding("R9", _KIND, None, path, message)
    return references._replace(findings=(*references.findings, more))


def _content_hash(raw: bytes) -> bytes:
    return hashlib.blake2b(raw).digest()


def _records(path: str, repositories: gojson.Object, content_hash: bytes) -> References:
    # The engine parses only the inner key, so two of them may be the same reference: the last wins.
    records: dict[tuple[str, str | None, str | None], ReferenceRecord] = {}
    findings: list[Finding] = []
    for outer, names in repositories.items():
        if not isinstance(names, dict):
            message = f"{path} has no object at {_shown(outer)}; the engine does not start with it."
            findings.append(Finding("R1", _KIND, _named(outer), path, message))
            continue
        if not names:
            message = f"{path} has the repository {_shown(outer)} without any reference."
            findings.append(Finding("R7", _KIND, _named(outer), path, message))
        for inner, image_id in names.items():
            record, finding = _record(path, outer, inner, image_id)
            if finding is not None:
                findings.append(finding)
            if record is not None:
                key = (record.repository.canonical, record.tag, record.digest)
                records[key] = record
    return References(tuple(records.values()), tuple(findings), content_hash, readable=True)


def _record(
    path: str, outer: str, inner: str, image_id: object
) -> tuple[ReferenceRecord | None, Finding | None]:
    if len(inner) > _LONGEST_NAME:
        message = f"{path} has a key that the engine ignores: {_shown(inner)}… is not a name."
        return None, Finding("R3", _KIND, _named(inner), path, message)
    try:
        repository, tag, digest = parse_reference(inner)
    except MalformedReferenceError as error:
        message = f"{path} has a key that the engine ignores: {error}."
        return None, Finding("R3", _KIND, inner, path, message)
    if tag is None and digest is None:
        message = f"{path} has the key {inner!r} without tag or digest, which the engine ignores."
        return None, Finding("R3", _KIND, inner, path, message)
    if image_id is not None and not isinstance(image_id, str):
        message = f"{path} gives {inner!r} a value that is not a string; the engine does not start."
        return None, Finding("R1", _KIND, inner, path, message)
    if image_id is None or not is_digest(image_id):
        message = f"{path} gives {inner!r} a value that is not an image ID; it cannot be used."
        return None, Finding("R5", _KIND, inner, path, message)
    record = ReferenceRecord(repository, None if digest else tag, digest, image_id)
    if repository.familiar != outer:
        message = (
            f"{path} lists {inner!r} under {_shown(outer)}; the engine shows it but cannot find it."
        )
        return record, Finding("R4", _KIND, inner, path, message)
    return record, None


def _shown(name: str) -> str:
    return repr(name[:_SHOWN])


def _named(name: str) -> str:
    return name[:_LONGEST_NAME]
