"""Digests and chain IDs (OCI image-spec `identity`, moby `layer/layer.go`)."""

import hashlib
import re
from functools import lru_cache
from typing import Final

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")
_HEX64: Final = re.compile(r"[0-9a-f]{64}")


def is_digest(text: str) -> bool:
    """Whether `text` is a digest that the engine accepts: an algorithm, a colon, lower-case hex."""
    return _DIGEST.fullmatch(text) is not None


def is_hex64(text: str) -> bool:
    """Whether `text` is 64 lower-case hex digits, as a SHA-256 or a container ID is written."""
    return _HEX64.fullmatch(text) is not None


def sha256_digest(data: bytes) -> str:
    """The digest `sha256:…` of `data`."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


# Images share their lower layers, so that most chain IDs are asked for many times.
@lru_cache(maxsize=65536)
def chain_id(parent: str | None, diff_id: str) -> str:
    """The chain ID of the layer `diff_id` on top of the chain ID `parent` (None: nothing below).

    The chain ID of a bottom layer is its diff ID.
    """
    if parent is None:
        return diff_id
    return sha256_digest(f"{parent} {diff_id}".encode())


def chain_ids(diff_ids: tuple[str, ...]) -> tuple[str, ...]:
    """The chain ID of each layer of an image, given and returned bottom layer first."""
    chain: list[str] = []
    for diff_id in diff_ids:
        chain.append(chain_id(chain[-1] if chain else None, diff_id))
    return tuple(chain)
