"""Docker roots that a systemd unit names: spellings, drop-ins and variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from indexer.docker.host.discovery import FoundRoot
from tests.readers.host.fake_system import DROP_IN, UNIT, System

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path / "disk")


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        ("--data-root /srv/docker", "--data-root"),
        ("--data-root=/srv/docker", "--data-root"),
        ('--data-root="/srv/docker" --debug', "--data-root"),
        ("-g /srv/docker", "-g"),
        ("-g/srv/docker", "-g"),
        ("-g=/srv/docker", "-g"),
        ("-Dg /srv/docker", "-g"),
        ("-Dg/srv/docker", "-g"),
        ("-DDg=/srv/docker", "-g"),
        ("-D=false -g /srv/docker", "-g"),
        ("-g /srv/docker -Hunix:///run/g -lg -D=g", "-g"),
        ("-g /srv/docker -- -g /srv/no", "-g"),
        ("--graph /srv/docker", "--graph"),
        ("--graph=/srv/docker", "--graph"),
        ("--data-root /srv/first --data-root /srv/docker", "--data-root"),
        ("-H fd:// \\\n  # a comment in between\n  --data-root \\\n /srv/docker", "--data-root"),
        (r"--data-root /srv/\x64ocker", "--data-root"),
        ("--data-root %h/../srv/docker", "--data-root"),
    ],
)
def test_unit_spellings(system: System, arguments: str, option: str) -> None:
    """Every spelling of the option in `ExecStart=` names the root."""
    path = system.root("srv/docker")
    system.file(
        UNIT,
        f"[Unit]\nExecStart=/bin/no -g /x\n[Service]\nExecStart=/usr/bin/dockerd {arguments}\n",
    )
    reason = f"ExecStart {option} in /{UNIT}"
    assert system.only() == FoundRoot(path, (reason,), exists=True, readable=True)


@pytest.mark.parametrize(
    "command",
    [
        "/usr/bin/docker daemon -g /srv/a",
        "-/usr/bin/dockerd-current -g /srv/a",
        "/usr/sbin/runuser -g docker /usr/bin/dockerd -g /srv/a",
        "/bin/sh -c 'exec /usr/bin/dockerd -g /srv/a'",
        '/bin/bash -ec "exec dockerd -g ${PLACE}"',
        "/bin/sh -c 'exec dockerd -g $PLACE'",
    ],
)
def test_unit_wrappers(system: System, command: str) -> None:
    """Only options of dockerd itself count where something else starts it."""
    path = system.root("srv/a")
    system.file(UNIT, f"[Service]\nEnvironment=PLACE=/srv/a\nExecStart={command}\n")
    assert system.only().path == path


def test_path_with_a_space(system: System) -> None:
    """Quotes and escapes keep a path with a space in one piece."""
    path = system.root("srv/my disk/docker")
    system.file(UNIT, '[Service]\nExecStart=dockerd "--data-root=/srv/my disk/docker"\n')
    system.file(DROP_IN, "[Service]\nExecStart=dockerd -g /srv/my\\x20disk/docker\n")
    assert system.only().path == path


@pytest.mark.parametrize(
    ("settings", "files"),
    [
        ("Environment=DOCKER_OPTS=--data-root=/srv/docker", {}),
        ('Environment="A=1" "DOCKER_OPTS=-D --data-root /srv/docker"', {}),
        (
            "EnvironmentFile=-/etc/docker.env",
            {"etc/docker.env": "#x\\\nexport DOCKER_OPTS='--data-root \"/srv/docker\"'\n"},
        ),
        (
            "Environment=DOCKER_OPTS=-g/srv/no\nEnvironmentFile=/etc/docker.env",
            {"etc/docker.env": "DOCKER_OPTS=--data-root \\\n/srv/docker\r\n"},
        ),
        (
            "Environment=DOCKER_OPTS=-g/srv/docker\nEnvironmentFile=/etc/x\nEnvironmentFile=",
            {"etc/x": "DOCKER_OPTS=-g/srv/no\n"},
        ),
        (
            "EnvironmentFile=/etc/docker.env",
            {"etc/docker.env": 'X="--data-root /srv/docker"\nDOCKER_OPTS="$X ${UNSET} -D"\n'},
        ),
    ],
)
def test_unit_variables(system: System, settings: str, files: dict[str, str]) -> None:
    """Variables in `ExecStart=` have the values that the unit and its files give them."""
    path = system.root("srv/docker")
    for name, content in files.items():
        system.file(name, content)
    system.file(UNIT, f"[Service]\n{settings}\nExecStart=/usr/bin/dockerd -H fd:// $DOCKER_OPTS\n")
    assert system.only().path == path


def test_variable_without_value(system: System) -> None:
    """An option whose variable nothing sets names no root, and that is noted."""
    file = system.file(UNIT, "[Service]\nExecStart=/usr/bin/dockerd --data-root=${NOWHERE}\n")
    found = system.discover()
    assert found.roots == ()
    assert found.notices == (
        f"{file} gives no directory for the root (ExecStart --data-root in /{UNIT}).",
    )


@pytest.mark.parametrize(
    "line", ["ExecStart=dockerd -g '/srv", "Environment='A=1", "EnvironmentFile=/etc/open"]
)
def test_open_quote(system: System, line: str) -> None:
    """A line that cannot be split into words is noted with its file; the rest is still read."""
    system.file("etc/open", "OPTS='-D")
    file = system.file(UNIT, f"[Service]\n{line}\nExecStart=dockerd $OPTS\n")
    system.root("var/lib/docker")
    found = system.discover()
    assert [root.reasons for root in found.roots] == [("default of dockerd",)]
    (notice,) = found.notices
    assert notice.startswith(f"{file} has ")
    assert "cannot be split into words" in notice


def test_drop_in_resets_the_command(system: System) -> None:
    """An empty `ExecStart=` in a drop-in cancels the unit's own command."""
    system.root("srv/old")
    path = system.root("srv/new")
    system.file("usr/lib/systemd/system/docker.service", "[Service]\nExecStart=dockerd -g /srv/old")
    system.file(DROP_IN, "[Service]\nExecStart=\nExecStart=dockerd --data-root /srv/new\n")
    root = system.only()
    assert (root.path, root.reasons) == (path, (f"ExecStart --data-root in /{DROP_IN}",))


def test_drop_ins_by_name_and_strength(system: System) -> None:
    """Drop-ins apply in order of name; of one name the file in the stronger folder counts."""
    path = system.root("srv/etc")
    reset = "[Service]\nExecStart=\nExecStart=dockerd -g "
    system.file("usr/lib/systemd/system/docker.service", "[Service]\nExecStart=dockerd\n")
    system.file("usr/lib/systemd/system/docker.service.d/20-a.conf", f"{reset}/srv/usr")
    system.file("run/systemd/system/docker.service.d/10-a.conf", f"{reset}/srv/run")
    system.file("etc/systemd/system/docker.service.d/20-a.conf", f"{reset}/srv/etc")
    system.file("etc/systemd/system/docker.service.d/30-a.txt", f"{reset}/srv/no")
    assert system.only().path == path


def test_stronger_unit_hides_the_others(system: System) -> None:
    """Of several unit files the one in the strongest folder is read."""
    path = system.root("srv/etc")
    system.file("lib/systemd/system/docker.service", "[Service]\nExecStart=dockerd -g /srv/lib")
    system.file(UNIT, "[Service]\nExecStart=dockerd -g /srv/etc")
    assert system.only().path == path


def test_masked_unit(system: System) -> None:
    """A masked unit is skipped in favour of the one it masks, whose root is still on the disk."""
    path = system.root("srv/docker")
    system.link(UNIT, "/dev/null")
    system.special("dev/null")
    system.file("lib/systemd/system/docker.service", "[Service]\nExecStart=dockerd -g /srv/docker")
    assert system.only().path == path


def test_masked_drop_in(system: System) -> None:
    """A masked drop-in disables the one of the same name in a weaker folder."""
    path = system.root("srv/docker")
    system.file(UNIT, "[Service]\nExecStart=dockerd -g /srv/docker")
    system.file("run/systemd/system/docker.service.d/override.conf", "[Service]\nExecStart=\n")
    system.link(DROP_IN, "/dev/null")
    assert system.only().path == path


def test_config_file_of_the_unit(system: System) -> None:
    """The file that `--config-file` names is read as daemon.json, before the usual one."""
    named, usual = system.root("srv/named"), system.root("srv/usual")
    system.file(UNIT, "[Service]\nExecStart=dockerd --config-file /etc/my.json\n")
    system.file("etc/my.json", '{"data-root": "/srv/named"}')
    system.file("etc/docker/daemon.json", '{"data-root": "/srv/usual"}')
    found = system.discover()
    assert [root.path for root in found.roots] == [named, usual]
    assert found.roots[0].reasons == ("data-root in /etc/my.json",)
