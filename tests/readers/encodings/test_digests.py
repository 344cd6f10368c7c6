"""Digests and chain IDs: those of a real root, and texts that are not digests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.docker.encodings.digests import chain_id, chain_ids, is_digest, is_hex64, sha256_digest
from tests.readers.reading import DIGEST, HEX

REAL = (
    (
        "sha256:526ba0f2721c2b7d601d4a6cca32575855796164840b08174f9c324980ac2c5f",
        "sha256:526ba0f2721c2b7d601d4a6cca32575855796164840b08174f9c324980ac2c5f",
    ),
    (
        "sha256:9e0e4fefc9e0594894ce6c7e8e733ad1c2b80ecfc08a7eb653cdfdf31f5b41f1",
        "sha256:2c05e5eeac7fecce7bab8d7e087895bcf12077bd5e9528c4b83a8047ff098d98",
    ),
    (
        "sha256:3b85e1c3c6749cc43153b3639c82df567511eca0ab94e8aa8bec2cb8802a838f",
        "sha256:3907cd05064284df2f365ba371f1896e5d1586eeccc54f95a3513d845ba85f41",
    ),
)
LETTERS = tuple(f"sha256:{letter * 64}" for letter in "abc")
CHAIN_OF_LETTERS = (
    LETTERS[0],
    "sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c",
    "sha256:c1377126441fb2f5ec2c21ae2a60255331d639e830f0ee1b40a36e52d4c40588",
)

NO_DIGESTS = [
    "",
    HEX,
    "sha256",
    "sha256:",
    f"sha256:{HEX[:-1]}",
    f"sha256:{HEX}0",
    DIGEST.upper(),
    f"SHA256:{HEX}",
    f"sha256:{HEX[:-1]}g",
    f"sha256:{HEX}\n",
    f" sha256:{HEX}",
    f"sha384:{HEX}",
    f"sha512:{HEX}",
    f"md5:{HEX[:32]}",
    "sha256:" + "\u0661" * 64,
]


def test_chain_of_a_real_image() -> None:
    """The chain IDs are those that name the folders of a real root."""
    assert chain_ids(tuple(diff for diff, _ in REAL)) == tuple(chain for _, chain in REAL)


def test_chain_of_letters() -> None:
    """The chain IDs of three simple diff IDs are known, and one may be made at a time."""
    assert chain_ids(LETTERS) == CHAIN_OF_LETTERS
    assert chain_id(CHAIN_OF_LETTERS[1], LETTERS[2]) == CHAIN_OF_LETTERS[2]
    assert chain_id(None, LETTERS[0]) == LETTERS[0]


def test_an_image_without_layers_has_no_chain() -> None:
    """An image without layers has no chain IDs."""
    assert chain_ids(()) == ()


def test_the_digest_of_nothing() -> None:
    """The digest of no bytes is the well-known one."""
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sha256_digest(b"") == f"sha256:{empty}"


@pytest.mark.parametrize("text", [DIGEST, f"sha384:{'0' * 96}", f"sha512:{'f' * 128}"])
def test_digests_of_three_algorithms(text: str) -> None:
    """The engine knows three algorithms."""
    assert is_digest(text)


@pytest.mark.parametrize("text", NO_DIGESTS)
def test_what_is_no_digest(text: str) -> None:
    """A text of wrong length, case or alphabet is not a digest."""
    assert not is_digest(text)


def test_hex_names() -> None:
    """A name is 64 lower-case hex digits and nothing else."""
    assert is_hex64(HEX)
    assert not any(map(is_hex64, (HEX.upper(), HEX[1:], f"{HEX}\n", f"{HEX}0", DIGEST)))


@given(st.lists(st.binary(), min_size=1, max_size=6), st.integers(0, 5))
def test_a_prefix_has_a_prefix_of_the_chain(layers: list[bytes], length: int) -> None:
    """The lower layers of an image have the chain IDs of an image of only them."""
    diff_ids = tuple(map(sha256_digest, layers))
    chain = chain_ids(diff_ids)
    assert chain_ids(diff_ids[:length]) == chain[:length]
    assert all(map(is_digest, chain))
