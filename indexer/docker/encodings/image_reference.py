"""Parses and normalises image references (distribution `reference/{reference,normalize}.go`)."""

import re
from typing import Final, NamedTuple

from indexer.docker.encodings.digests import is_digest, is_hex64

_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH: Final = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_LABEL: Final = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?")
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_LONGEST_PATH: Final = 255
_LONGEST_DOMAIN: Final = 4096
DEFAULT_DOMAIN: Final = "docker.io"


class MalformedReferenceError(ValueError):
    """The text is not an image reference; the message says why."""


class Repository(NamedTuple):
    """The parts of a repository name, e.g. `docker.io` and `library/nginx`."""

    domain: str
    path: str

    @property
    def canonical(self) -> str:
        """The full name, e.g. `docker.io/library/nginx`."""
        return f"{self.domain}/{self.path}"

    @property
    def familiar(self) -> str:
        """The name as Docker prints it, e.g. `nginx`."""
        if self.domain != DEFAULT_DOMAIN:
            return self.canonical
        # Docker shortens library/nginx to nginx, but keeps library/a/b.
        short = self.path.removeprefix("library/")
        return self.path if "/" in short else short


class Reference(NamedTuple):
    """A repository with a tag, a digest, or neither. On disk a reference never has both."""

    repository: Repository
    tag: str | None
    digest: str | None


def parse_reference(text: str) -> Reference:
    """The parts of a familiar or full reference. Raises `MalformedReferenceError`."""
    if is_hex64(text):
        raise MalformedReferenceError(f"{text!r} is an image ID, not a name")
    rest, at, digest = text.partition("@")
    if at and not is_digest(digest):
        raise MalformedReferenceError(f"{text!r} ends in something that is not a digest")
    name, tag = _split_tag(rest)
    if tag is not None and not _TAG.fullmatch(tag):
        raise MalformedReferenceError(f"{text!r} has a malformed tag")
    return Reference(parse_repository(name), tag, digest if at else None)


def parse_repository(name: str) -> Repository:
    """The parts of a familiar or full repository name. Raises `MalformedReferenceError`."""
    first, slash, rest = name.partition("/")
    if slash and _is_domain(first):
        domain, path = first, rest
    else:
        domain, path = DEFAULT_DOMAIN, name
    if domain == "index.docker.io":
        # The old name of the default registry; engines store it under the new one.
        domain = DEFAULT_DOMAIN
    if domain == DEFAULT_DOMAIN and "/" not in path:
        path = f"library/{path}"
    too_long = len(path) > _LONGEST_PATH or len(domain) > _LONGEST_DOMAIN
    if too_long or not _DOMAIN.fullmatch(domain) or not _PATH.fullmatch(path):
        raise MalformedReferenceError(f"{name!r} is not a repository name")
    return Repository(domain, path)


def _is_domain(first: str) -> bool:
    """Whether the part of a name before the first slash is a registry and not a user's name."""
    return first == "localhost" or "." in first or ":" in first or first.lower() != first


def _split_tag(rest: str) -> tuple[str, str | None]:
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        # The colon belongs to the port of the registry.
        return rest, None
    return name, tag
