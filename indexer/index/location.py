"""The default places of the index file."""

import os
from collections.abc import Iterator, Mapping
from typing import Final

_SYSTEM: Final = "/var/lib/dockidx/index.db"


def default_path(environment: Mapping[str, str], *, is_root: bool) -> str:
    """Return `$DOCKIDX_DB`, or else the system's place for root and the user's for all others."""
    named = environment.get("DOCKIDX_DB")
    if named:
        return named
    return _SYSTEM if is_root else _of_user(environment)


def elsewhere_sentence(path: str) -> str:
    """Return a sentence about an index at a default place other than `path`, else an empty text.

    The sentence begins with a space.
    """
    for place in _places(os.environ):
        if os.path.abspath(path) == place:
            continue
        try:
            os.stat(place)
        except PermissionError:
            return f" There may be one at {place}, which only root can read: run with sudo."
        except OSError:
            continue
        return f" There is one at {place}."
    return ""


def _places(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the default places of the system, of this user, and of the user who ran sudo."""
    yield _SYSTEM
    yield _of_user(environment)
    user = environment.get("SUDO_USER")
    if user and "/" not in user:
        yield _below(os.path.expanduser(f"~{user}/.local/share"))


def _of_user(environment: Mapping[str, str]) -> str:
    return _below(environment.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share"))


def _below(home: str) -> str:
    return os.path.join(home, "dockidx", "index.db")
