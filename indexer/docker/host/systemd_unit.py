"""Reads the command lines of a systemd service from its unit file and drop-ins.

Source: systemd.unit(5), systemd.service(5), systemd.syntax(7).
"""

from __future__ import annotations

import os
import re
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.host.environment_file import expand_words, parse_assignments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.files.system_tree import SystemTree

SYSTEM_FOLDERS: Final = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
"""The folders with units of the system manager; earlier ones take precedence."""

_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|.)")
_SPECIFIER: Final = re.compile("%([%h])")
_SHELL: Final = re.compile(r"(?:^|/)(?:ba|da|z|k)?sh$")
_SCRIPT_OPTION: Final = re.compile(r"-[a-z]*c$")


class Command(NamedTuple):
    """The words of a command after quotes and variables are resolved; `source` says where it is."""

    words: tuple[str, ...]
    source: str


class _Setting(NamedTuple):
    key: str
    value: str
    source: str


def read_commands(
    tree: SystemTree, name: str, folders: tuple[str, ...] = SYSTEM_FOLDERS, home: str = "/root"
) -> tuple[Command, ...]:
    """The effective `ExecStart=` commands of the service `name`, e.g. `docker.service`.

    Earlier `folders` take precedence. A masked unit is skipped in favour of the one that it masks,
    since that may have been used before and have left a root. `home` replaces `%h`. What cannot be
    parsed is noted in `tree`; nothing is raised.
    """
    settings = [
        setting._replace(value=_without_specifiers(setting.value, home))
        for source in _sources(tree, name, folders)
        for setting in _settings(tree.read(source) or b"", source)
    ]
    variables = _variables(tree, settings)
    commands = (_command(tree, line, variables) for line in _effective(settings, "ExecStart"))
    return tuple(command for command in commands if command.words)


def _sources(tree: SystemTree, name: str, folders: tuple[str, ...]) -> Iterator[str]:
    units = (f"{folder}/{name}" for folder in folders)
    unit = next((path for path in units if tree.read(path)), None)
    if unit:
        yield unit
    drop_ins: dict[str, str] = {}
    for folder in folders:
        for file in tree.names(f"{folder}/{name}.d"):
            if file.endswith(".conf"):
                drop_ins.setdefault(file, f"{folder}/{name}.d/{file}")
    yield from (drop_ins[file] for file in sorted(drop_ins))


def _settings(data: bytes, source: str) -> Iterator[_Setting]:
    section = ""
    for line in _lines(data.decode("utf-8", "surrogateescape")):
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line:
            key, _, value = line.partition("=")
            yield _Setting(key.strip(), value.strip(), source)


def _lines(text: str) -> Iterator[str]:
    joined = ""
    for raw in text.split("\n"):
        line = raw.strip()
        # A comment may stand between the parts of a continued line, so it is dropped first.
        if line.startswith(("#", ";")):
            continue
        if line.endswith("\\"):
            joined += line[:-1] + " "
            continue
        yield joined + line
        joined = ""
    yield joined


def _effective(settings: list[_Setting], key: str) -> list[_Setting]:
    """The settings of a list option; an empty value clears those before it (systemd.service(5))."""
    effective: list[_Setting] = []
    for setting in settings:
        if setting.key == key:
            effective = [*effective, setting] if setting.value else []
    return effective


def _variables(tree: SystemTree, settings: list[_Setting]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for setting in _effective(settings, "Environment"):
        for word in _split(tree, setting):
            name, _, value = word.partition("=")
            variables[name] = value
    for setting in _effective(settings, "EnvironmentFile"):
        # The minus means that the file may be missing.
        data = tree.read(setting.value.removeprefix("-"))
        variables.update(parse_assignments(data or b""))
    return variables


def _command(tree: SystemTree, line: _Setting, variables: dict[str, str]) -> Command:
    words = _split(tree, line)
    try:
        expanded = list(expand_words(words, variables))
        script = _shell_script(expanded)
        if script:
            expanded = list(expand_words(shlex.split(script), variables))
    except ValueError as error:
        _note_broken(tree, line, error)
        return Command((), line.source)
    return Command(tuple(expanded), line.source)


def _shell_script(words: list[str]) -> str | None:
    """The script of a command such as `sh -c "exec dockerd …"`; None for any other command."""
    if not words or not _SHELL.search(words[0]):
        return None
    following = pairwise(words)
    return next((script for option, script in following if _SCRIPT_OPTION.match(option)), None)


def _split(tree: SystemTree, setting: _Setting) -> list[str]:
    try:
        return shlex.split(_ESCAPE.sub(_unescaped, setting.value))
    except ValueError as error:
        _note_broken(tree, setting, error)
        return []


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if code == "s":
        return r"\ "
    return "\\" + os.fsdecode(bytes.fromhex(code[1:])) if len(code) > 1 else match[0]


def _note_broken(tree: SystemTree, setting: _Setting, error: ValueError) -> None:
    reason = f"has {setting.key}= that cannot be split into words ({error}); it is left out"
    tree.note_at(setting.source, reason)


def _without_specifiers(value: str, home: str) -> str:
    """`value` with `%h` and `%%` replaced; no other specifier is expected in a path of a root."""
    return _SPECIFIER.sub(lambda match: home if match[1] == "h" else "%", value)
