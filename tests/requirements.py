"""What a test needs from the system, and what happens where it is missing."""

import os

import pytest


def need(present: bool, reason: str) -> None:
    """Skip the calling test with `reason` unless `present`; DOCKIDX_REQUIRE_ALL=1 makes it fail."""
    if present:
        return
    if os.environ.get("DOCKIDX_REQUIRE_ALL") == "1":
        pytest.fail(f"{reason} DOCKIDX_REQUIRE_ALL=1 allows no skip.")
    pytest.skip(reason)
