"""The command lines of a systemd service: its unit file and drop-ins (systemd.unit(5))."""

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
"""Where units of the system manager are, the strongest first."""

_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|.)")
_SPECIFIER: Final = re.compile("%([%h])")
_SHELL: Final = re.compile(r"(?:^|/)(?:ba|da|z|k)?sh$")
_SCRIPT_OPTION: Final = re.compile(r"-[a-z]*c$")


class Command(NamedTuple):
    """An `ExecStart=` as it is started, quotes and variables resolved; `source` is its file."""

    words: tuple[str, ...]
    source: str


class _Setting(NamedTuple):
    key: str
    value: str
    source: str


def read_commands(
    tree: SystemTree, name: str, folders: tuple[str, ...] = SYSTEM_FOLDERS, home: str = "/root"
) -> tuple[Command, ...]:
    """The `ExecStart=` lines in force of the service `name`, e.g. `docker.service`.

    `folders` are searched the strongest first; a masked unit is passed over, since what it would
    start may have left a root all the same. `home` stands for `%h`. What cannot be understood is
    noted in `tree`.
    """
    settings = [
        setting._replace(value=_specified(setting.value, home))
        for source in _sources(tree, name, folders)
        for setting in _settings(tree.read(source) or b"", source)
    ]
    variables = _variables(tree, settings)
    commands = (_command(tree, line, variables) for line in _in_force(settings, "ExecStart"))
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
        # Comments are dropped before lines are joined: one may stand inside a continued line.
        if line.startswith(("#", ";")):
            continue
        if line.endswith("\\"):
            joined += line[:-1] + " "
            continue
        yield joined + line
        joined = ""
    yield joined


def _in_force(settings: list[_Setting], key: str) -> list[_Setting]:
    found: list[_Setting] = []
    for setting in settings:
        if setting.key == key:
            found = [*found, setting] if setting.value else []
    return found


def _variables(tree: SystemTree, settings: list[_Setting]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for setting in _in_force(settings, "Environment"):
        for word in _split(tree, setting):
            name, _, value = word.partition("=")
            variables[name] = value
    for setting in _in_force(settings, "EnvironmentFile"):
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


def _specified(value: str, home: str) -> str:
    return _SPECIFIER.sub(lambda match: home if match[1] == "h" else "%", value)
