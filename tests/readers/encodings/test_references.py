"""Image references are parsed and formatted as the engine does it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from indexer.docker.encodings.image_reference import (
    MalformedReferenceError,
    Reference,
    Repository,
    parse_reference,
    parse_repository,
)
from tests.readers.reading import DIGEST, HEX

NORMAL = [
    ("nginx", "docker.io", "library/nginx", "nginx"),
    ("library/nginx", "docker.io", "library/nginx", "nginx"),
    ("docker.io/nginx", "docker.io", "library/nginx", "nginx"),
    ("docker.io/library/nginx", "docker.io", "library/nginx", "nginx"),
    ("index.docker.io/nginx", "docker.io", "library/nginx", "nginx"),
    ("index.docker.io/team/app", "docker.io", "team/app", "team/app"),
    ("team/app", "docker.io", "team/app", "team/app"),
    ("a/b/c", "docker.io", "a/b/c", "a/b/c"),
    ("docker.io/library/a/b", "docker.io", "library/a/b", "library/a/b"),
    ("localhost", "docker.io", "library/localhost", "localhost"),
    ("localhost/app", "localhost", "app", "localhost/app"),
    ("host/app", "docker.io", "host/app", "host/app"),
    ("host:5000/app", "host:5000", "app", "host:5000/app"),
    ("host.example/app", "host.example", "app", "host.example/app"),
    ("Host/app", "Host", "app", "Host/app"),
    ("127.0.0.1:5000/a/b", "127.0.0.1:5000", "a/b", "127.0.0.1:5000/a/b"),
    ("[2001:db8::1]:5000/app", "[2001:db8::1]:5000", "app", "[2001:db8::1]:5000/app"),
    ("quay.example/library/app", "quay.example", "library/app", "quay.example/library/app"),
    ("a__b/c.d-e---f", "docker.io", "a__b/c.d-e---f", "a__b/c.d-e---f"),
]

MALFORMED = [
    "",
    ":tag",
    "@" + DIGEST,
    "Nginx",
    "team/App",
    "host:5000/App",
    "-nginx",
    "nginx-",
    "a..b",
    "a___b",
    "a//b",
    "/app",
    "app/",
    "nginx:",
    "nginx:-tag",
    "nginx:" + "t" * 129,
    "nginx:tag\n",
    "nginx\n",
    "nginx@sha256:abc",
    "nginx@" + DIGEST.upper(),
    "nginx@" + HEX,
    "nginx@" + DIGEST + "@" + DIGEST,
    HEX,
    "a" * 256,
    "host.example/" + "a" * 256,
    "host_x.example/app",
    "näme",
    "nginx:täg",
]

_component = st.from_regex(r"[a-z0-9]{1,5}((\.|_|__|-{1,3})[a-z0-9]{1,3}){0,2}", fullmatch=True)
_first = st.from_regex(r"[a-z0-9]{1,5}((_|__|-{1,3})[a-z0-9]{1,3}){0,2}", fullmatch=True)
# A component has at most 17 characters, so that a path of 13 is never longer than the 255 allowed.
_more = st.lists(_component, max_size=12)
_paths = st.builds("/".join, st.builds(lambda a, b: [a, *b], _first, _more))
_domains = st.from_regex(
    r"[a-zA-Z0-9]{1,4}\.[a-zA-Z0-9]{1,4}(:[0-9]{1,5})?|localhost", fullmatch=True
)
_names = _paths | st.builds("{}/{}".format, _domains, _paths)
_tags = st.none() | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", fullmatch=True)
_digests = st.none() | st.text("0123456789abcdef", min_size=64, max_size=64).map("sha256:{}".format)


@pytest.mark.parametrize(("text", "domain", "path", "familiar"), NORMAL)
def test_names_are_normalised(text: str, domain: str, path: str, familiar: str) -> None:
    """A name has one full and one familiar form, however it was written."""
    repository = parse_repository(text)
    assert repository == Repository(domain, path)
    assert repository.familiar == familiar
    assert repository.canonical == f"{domain}/{path}"


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_reference_is_refused(text: str) -> None:
    """The text is named in the error."""
    with pytest.raises(MalformedReferenceError):
        parse_reference(text)


def test_tag_and_digest_are_split_off() -> None:
    """A port is not a tag, and a digest is not part of the name."""
    nginx = Repository("docker.io", "library/nginx")
    local = Repository("localhost:5000", "app")
    assert parse_reference("nginx") == Reference(nginx, None, None)
    assert parse_reference("nginx:1.25-alpine") == Reference(nginx, "1.25-alpine", None)
    assert parse_reference(f"nginx@{DIGEST}") == Reference(nginx, None, DIGEST)
    assert parse_reference(f"nginx:1@{DIGEST}") == Reference(nginx, "1", DIGEST)
    assert parse_reference("localhost:5000/app") == Reference(local, None, None)
    assert parse_reference("localhost:5000/app:2") == Reference(local, "2", None)
    assert parse_reference("localhost:5000").tag == "5000"


def test_a_path_may_have_255_characters() -> None:
    """The longest path that the engine accepts is accepted."""
    assert parse_repository("host.example/" + "a" * 255).path == "a" * 255


@given(_names)
def test_both_forms_mean_the_same(name: str) -> None:
    """Parsing a formatted name gives the same name."""
    repository = parse_repository(name)
    assert parse_repository(repository.canonical) == repository
    # docker.io/a.b/c is the one kind of name whose familiar form means another registry.
    first, slash, _ = repository.familiar.partition("/")
    is_ambiguous = repository.domain == "docker.io" and slash and ("." in first or ":" in first)
    assume(not is_ambiguous and not repository.familiar.startswith("localhost/"))
    assert parse_repository(repository.familiar) == repository


@given(_names, _tags, _digests)
def test_references_are_taken_apart(name: str, tag: str | None, digest: str | None) -> None:
    """Name, tag and digest come out as they were put in."""
    text = name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    assume(len(name) != 64)
    assert parse_reference(text) == Reference(parse_repository(name), tag, digest)


@given(st.text())
def test_any_text_is_a_reference_or_refused(text: str) -> None:
    """No text makes the parser fail in any other way."""
    with suppress(MalformedReferenceError):
        assert parse_reference(text).repository.path
