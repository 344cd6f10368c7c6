"""`network/files/local-kv.db`: what keeps an engine from starting, and what is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.docker.networks import check_networks
from tests.examples import examples
from tests.readers.encodings.bolt_writer import bolt_file
from tests.readers.reading import PLANTED, found, opened, plant, write

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.docker.rules.finding import Finding

FILE = "network/files/local-kv.db"
NETWORK = b"docker/network/v1.0/network/net/"
ENDPOINT = b"docker/network/v1.0/endpoint/net/end/"
SANDBOX = b"docker/network/v1.0/sandbox/box/"


def checked(root: Path, values: dict[bytes, bytes], *containers: str) -> tuple[Finding, ...]:
    """The findings for a database with `values`, each written after its eight-byte index."""
    tree = {key: bytes(8) + value for key, value in values.items()}
    write(root / FILE, bolt_file({b"libnetwork": tree}))
    with opened(root) as folder:
        return check_networks(folder, containers)


def test_sound_networks(tmp_path: Path) -> None:
    """A network, an endpoint in it and a sandbox of a container; a parent key has no value."""
    values = {
        NETWORK: b'{"name":"bridge"}',
        ENDPOINT: b'{"name":"web"}',
        SANDBOX: b'{"Cid":"web"}',
        b"docker/network/v1.0/network/": b"",
    }
    assert checked(tmp_path, values, "web") == ()


def test_a_root_without_networks(tmp_path: Path) -> None:
    """A missing file and an empty database have no findings."""
    with opened(tmp_path) as folder:
        assert check_networks(folder, ()) == ()
    assert checked(tmp_path, {}) == ()


@pytest.mark.parametrize("value", [b"{", b"[]", b"\xff"])
def test_a_value_of_no_use(tmp_path: Path, value: bytes) -> None:
    """The finding names the network, and the other values are still checked."""
    values = {NETWORK: value, b"docker/network/v1.0/endpoint/gone/end/": b"{}"}
    assert found(checked(tmp_path, values)) == [("N1", "net", FILE), ("N2", "end", FILE)]


def test_what_is_left_of_others(tmp_path: Path) -> None:
    """A dangling endpoint keeps its network and has the rule's severity; a sandbox is info."""
    findings = checked(tmp_path, {ENDPOINT: b"{}", SANDBOX: b'{"Cid":"gone"}'}, "web")
    assert [(it.rule, it.object_id, it.severity) for it in findings] == [
        ("N2", "end", None),
        ("N2", "box", "info"),
    ]


@pytest.mark.parametrize("kind", PLANTED)
def test_something_else_in_its_place(tmp_path: Path, kind: str) -> None:
    """A database that is not a regular file is not opened."""
    plant(tmp_path / FILE, kind)
    with opened(tmp_path) as folder:
        assert found(check_networks(folder, ())) == [("S1", None, FILE)]


@settings(max_examples=examples(30))
@given(st.dictionaries(st.binary(min_size=1, max_size=60), st.binary(max_size=30), max_size=5))
def test_any_keys_and_values(values: dict[bytes, bytes]) -> None:
    """No content of the database makes the check fail."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        findings = checked(Path(folder), values)
    assert {it.rule for it in findings} <= {"N1", "N2"}
