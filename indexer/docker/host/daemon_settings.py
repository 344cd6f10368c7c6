"""Reads the root that dockerd is configured with from its command line or daemon.json.

Source: moby `daemon/config/config.go`, `daemon/command/config.go`.
"""

from __future__ import annotations

import codecs
import os
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.encodings import gojson

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROOT_OPTIONS: Final = ("--data-root", "--graph", "-g")
# The one-letter options without a value: debug, help, restart and version.
_FLAGS: Final = "Dhrv"
_ROOT_KEYS: Final = ("data-root", "graph")
_EXEC_PREFIXES: Final = "@-:+!|"


class RootSetting(NamedTuple):
    """A configured root: the option or key `name` (`-g`, `graph`), and the `path`, maybe ''."""

    name: str
    path: str


class OptionSettings(NamedTuple):
    """The root and the path of daemon.json that options set; None if they do not."""

    root: RootSetting | None
    config_file: str | None


def from_command(words: Sequence[str]) -> OptionSettings:
    """The settings in a command line that starts dockerd, directly or through a wrapper."""
    # Only the words after dockerd count: wrappers often have an option `-g` of their own.
    for position, word in enumerate(words):
        if os.path.basename(word.lstrip(_EXEC_PREFIXES)).startswith("dockerd"):
            return from_options(words[position + 1 :])
    return from_options(words[1:])


def from_options(words: Sequence[str]) -> OptionSettings:
    """The settings in the options of dockerd, which it parses with pflag; the last of each counts.

    `-g` and `--graph` are the spellings before 17.05. Engines up to 23.0 accept them.
    """
    root: RootSetting | None = None
    config_file: str | None = None
    for position, word in enumerate(words):
        if word == "--":
            break
        name, value = _option(word)
        if value is None:
            value = words[position + 1] if position + 1 < len(words) else ""
        if name in _ROOT_OPTIONS:
            root = RootSetting(name, value)
        elif name == "--config-file":
            config_file = value
    return OptionSettings(root, config_file)


def from_daemon_json(data: bytes) -> tuple[RootSetting, ...]:
    """The roots that daemon.json sets; `data-root` comes before the old `graph`.

    Raises `gojson.JsonError`.
    """
    text = _without_mark(data)
    if not text.strip():
        return ()
    settings = gojson.decode_object(text)
    values = ((key, gojson.text(settings, key)) for key in _ROOT_KEYS)
    return tuple(RootSetting(key, path) for key, path in values if path is not None)


def _option(word: str) -> tuple[str, str | None]:
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return name, value if equals else None
    if word.startswith("-"):
        return _short_option(word[1:])
    return word, None


def _short_option(letters: str) -> tuple[str, str | None]:
    """The last option in a group of one-letter options, and the value attached to it if any.

    `-Dg/data` gives `-g` and `/data`, and `-Dg` gives `-g` and None.
    """
    letter, rest = letters[:1], letters[1:]
    while letter and letter in _FLAGS and rest and not rest.startswith("="):
        letter, rest = rest[0], rest[1:]
    if rest != "=":
        rest = rest.removeprefix("=")
    return f"-{letter}", rest or None


def _without_mark(data: bytes) -> bytes:
    if data.startswith(codecs.BOM_UTF8):
        return data[len(codecs.BOM_UTF8) :]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode("utf-8", "replace")
    return data
