"""What of the options of a volume is kept where values of environment variables are not.

An option may hold a password: `o=username=…,password=…` of a CIFS share (mount.cifs(8)), `secret=`
of CephFS (mount.ceph(8)), or whatever the driver of a plugin takes.
"""

from __future__ import annotations

import re
from typing import Final

from indexer.docker.volumes import LOCAL

MASK: Final = "***"
"""What stands in the place of a password that is a part of a value."""

_SECRET: Final = re.compile(r"pass|pwd|secret|token|credential|key", re.IGNORECASE)
# Two commas are one that belongs to the value.
_PART: Final = re.compile(r"(?P<name>[^,=]*)=(?P<value>(?:[^,]|,,)*)")
_IN_ADDRESS: Final = re.compile(r"(//[^/@:]*:)[^/]*@")
_WITH_USER: Final = re.compile(r"%.*", re.DOTALL)


def masked(driver: str, option: str, value: str) -> str | None:
    """`value` of the `option` of a volume of `driver` without what may be secret.

    None where all of it may be: nothing says which options of a plugin hold passwords.
    """
    if driver != LOCAL or _SECRET.search(option):
        return None
    return _IN_ADDRESS.sub(rf"\1{MASK}@", _PART.sub(_masked_part, value))


def _masked_part(part: re.Match[str]) -> str:
    name, value = part["name"], part["value"]
    if _SECRET.search(name):
        return f"{name}={MASK}"
    if "user" in name.lower():
        # mount.cifs takes a password behind the name, too.
        value = _WITH_USER.sub(f"%{MASK}", value)
    return f"{name}={value}"
