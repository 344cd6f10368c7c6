"""Masks secrets in the options of volumes, unless the values of environment variables are stored.

An option can contain a password: `o=username=…,password=…` of a CIFS share (mount.cifs(8)),
`secret=` of CephFS (mount.ceph(8)), or an option of a plugin.
"""

from __future__ import annotations

import re
from typing import Final

from indexer.docker.volumes import LOCAL

MASK: Final = "***"
"""The replacement for a password inside a value."""

_SECRET: Final = re.compile(r"pass|pwd|secret|token|credential|key", re.IGNORECASE)
# A comma in a value is written twice (mount.cifs(8)).
_PART: Final = re.compile(r"(?P<name>[^,=]*)=(?P<value>(?:[^,]|,,)*)")
_IN_ADDRESS: Final = re.compile(r"(//[^/@:]*:)[^/]*@")
_WITH_USER: Final = re.compile(r"%.*", re.DOTALL)


def masked(driver: str, option: str, value: str) -> str | None:
    """Return the `value` of an option with its secrets replaced by `MASK`.

    Return None if all of it may be secret: by the name of the option, and for every option of a
    plugin, because nothing says which of them are passwords.
    """
    if driver != LOCAL or _SECRET.search(option):
        return None
    return _IN_ADDRESS.sub(rf"\1{MASK}@", _PART.sub(_masked_part, value))


def _masked_part(part: re.Match[str]) -> str:
    name, value = part["name"], part["value"]
    if _SECRET.search(name):
        return f"{name}={MASK}"
    if "user" in name.lower():
        # mount.cifs also takes a password after the user name: `user=name%password`.
        value = _WITH_USER.sub(f"%{MASK}", value)
    return f"{name}={value}"
