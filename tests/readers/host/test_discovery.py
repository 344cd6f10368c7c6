"""Which Docker roots of a system are found, in which order and for what reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from indexer.docker.host.discovery import FoundRoot, discover
from tests.readers.host.fake_system import UNIT, System

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path / "disk")


def test_system_without_docker(system: System) -> None:
    """A system on which Docker never ran has no root and nothing to remark."""
    system.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
    assert system.discover()[:2] == ((), ())


@pytest.mark.parametrize("key", ["data-root", "graph"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_daemon_json(system: System, key: str, encoding: str) -> None:
    """Both spellings in daemon.json name a root, with any byte order mark dockerd accepts."""
    path = system.root("srv/dockér")
    system.file("etc/docker/daemon.json", f'{{"{key}": "/srv/dockér/"}}'.encode(encoding))
    reason = f"{key} in /etc/docker/daemon.json"
    assert system.only() == FoundRoot(path, (reason,), exists=True, readable=True)


@pytest.mark.parametrize("content", ["", " \n", "{}", '{"data-root": null}'])
def test_daemon_json_without_root(system: System, content: str) -> None:
    """A daemon.json that names no root leaves the default."""
    path = system.root("var/lib/docker")
    system.file("etc/docker/daemon.json", content)
    assert system.only() == FoundRoot(path, ("default of dockerd",), exists=True, readable=True)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"data-root": "/srv/d"', "is not valid JSON"),
        ("[]", "is not a JSON object"),
        ('{"data-root": 7}', "has a number at 'data-root'"),
        ("[" * 100_000, "is nested too deeply"),
        (" " * (1 << 20) + "{}", "is longer than the 1048576 bytes"),
    ],
)
def test_malformed_daemon_json(system: System, content: str, problem: str) -> None:
    """A daemon.json that cannot be read is noted by its path here; other roots are still found."""
    file = system.file("etc/docker/daemon.json", content)
    system.root("var/lib/docker")
    found = system.discover()
    assert [root.reasons for root in found.roots] == [("default of dockerd",)]
    (notice,) = found.notices
    assert notice.startswith(f"{file} {problem}")
    assert notice.endswith(".")


def test_daemon_json_with_both_keys(system: System) -> None:
    """Where daemon.json has both keys both are listed, and that dockerd refuses this is noted."""
    new, old = system.root("srv/new"), system.root("srv/old")
    file = system.file("etc/docker/daemon.json", '{"graph": "/srv/old", "data-root": "/srv/new"}')
    found = system.discover()
    assert [root.path for root in found.roots] == [new, old]
    assert found.notices == (
        f"{file} has both data-root and graph, with which dockerd does not start.",
    )


def test_configured_root_that_is_missing(system: System) -> None:
    """A configured root that is not there is listed as missing, a default one is not."""
    system.file("etc/docker/daemon.json", '{"data-root": "/srv/gone"}')
    assert system.only() == FoundRoot(
        str(system.top / "srv/gone"),
        ("data-root in /etc/docker/daemon.json",),
        exists=False,
        readable=False,
    )


def test_configured_root_that_is_a_file(system: System) -> None:
    """A configured root that is a file does not exist as a root, and why is noted."""
    file = system.file("srv/docker", "")
    system.file("etc/docker/daemon.json", '{"data-root": "/srv/docker"}')
    found = system.discover()
    assert [root.exists for root in found.roots] == [False]
    assert found.notices[0].startswith(f"{file} is not a directory and so not a Docker root")


@pytest.mark.parametrize(
    ("file", "content", "setting"),
    [
        ("etc/default/docker", 'DOCKER_OPTS="-H fd:// -g /srv/docker"', "DOCKER_OPTS -g"),
        ("etc/default/docker", "DOCKER_OPTS='--data-root=/srv/docker'", "DOCKER_OPTS --data-root"),
        ("etc/sysconfig/docker", "OPTIONS='--graph /srv/docker'", "OPTIONS --graph"),
        ("etc/conf.d/docker", 'DOCKER_OPTS="--data-root /srv/docker"', "DOCKER_OPTS --data-root"),
    ],
)
def test_option_files(system: System, file: str, content: str, setting: str) -> None:
    """The files of options that init scripts read name a root too."""
    path = system.root("srv/docker")
    system.file(file, f"# DOCKER_OPTS=-g/no\n{content}\n")
    root = system.only()
    assert (root.path, root.reasons) == (path, (f"{setting} in /{file}",))


def test_open_quote_in_option_file(system: System) -> None:
    """An option file with an open quote is noted."""
    file = system.file("etc/default/docker", 'DOCKER_OPTS="-g /srv/docker\n')
    assert system.discover()[:2] == (
        (),
        (f"{file} has an open quote in DOCKER_OPTS; a root it may name is not known.",),
    )


def test_order_and_several_reasons(system: System) -> None:
    """A directory found in several ways is listed once, where the strongest reason puts it."""
    unit, json, default = map(system.root, ("srv/unit", "srv/json", "var/lib/docker"))
    system.file(UNIT, "[Service]\nExecStart=dockerd --data-root /srv/unit/../unit/\n")
    system.file("etc/docker/daemon.json", '{"data-root": "/srv/json"}')
    system.file("etc/default/docker", "DOCKER_OPTS=-g/var/lib/docker")
    system.file("etc/sysconfig/docker", "OPTIONS=-g/srv/unit")
    found = system.discover()
    assert [(root.path, root.reasons) for root in found.roots] == [
        (unit, (f"ExecStart --data-root in /{UNIT}", "OPTIONS -g in /etc/sysconfig/docker")),
        (json, ("data-root in /etc/docker/daemon.json",)),
        (default, ("DOCKER_OPTS -g in /etc/default/docker", "default of dockerd")),
    ]


def test_rootless_users(system: System) -> None:
    """Each home of /etc/passwd and below /home is looked into, at its default and its settings."""
    alice = system.root("home/alice/.local/share/docker")
    bob = system.root("data/bob-docker")
    carol = system.root("data/carol-docker")
    root = system.root("root/.local/share/docker")
    system.file(
        "etc/passwd",
        "root:x:0:0::/root:/bin/sh\nbob:x:1001:1001::/people/bob:/bin/sh\nhalf:a:line\n",
    )
    system.file("people/bob/.config/docker/daemon.json", '{"data-root": "/data/bob-docker"}')
    unit = "home/carol/.config/systemd/user/docker.service"
    system.file(
        unit, "[Service]\nExecStart=dockerd-rootless.sh --data-root %h/../../data/carol-docker\n"
    )
    found = system.discover()
    assert found.notices == ()
    assert {found_root.path: found_root.reasons for found_root in found.roots} == {
        alice: ("rootless of user alice (~/.local/share/docker)",),
        bob: ("data-root in /people/bob/.config/docker/daemon.json (rootless of user bob)",),
        carol: (f"ExecStart --data-root in /{unit} (rootless of user carol)",),
        root: ("rootless of user root (~/.local/share/docker)",),
    }


def test_data_home_of_this_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: System
) -> None:
    """$XDG_DATA_HOME and $XDG_CONFIG_HOME count for the running host and for no other system."""
    here = System(tmp_path / "xdg")
    data, configured = here.root("data/docker"), here.root("configured")
    here.file("config/docker/daemon.json", f'{{"data-root": "{configured}"}}')
    monkeypatch.setenv("XDG_DATA_HOME", str(here.top / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(here.top / "config"))
    reasons = {root.path: root.reasons for root in discover().roots}
    assert reasons[data] == ("rootless ($XDG_DATA_HOME/docker)",)
    assert reasons[configured] == (
        f"data-root in {here.top}/config/docker/daemon.json ($XDG_CONFIG_HOME)",
    )
    system.root(f".{data}")
    assert system.discover().roots == ()


def test_snap_package(system: System) -> None:
    """The snap's default and the root its daemon.json names are found."""
    default, named = system.root("var/snap/docker/common/var-lib-docker"), system.root("mnt/snap")
    system.link("var/snap/docker/current", "2976")
    system.file("var/snap/docker/2976/config/daemon.json", '{"data-root": "/mnt/snap"}')
    config = "/var/snap/docker/current/config/daemon.json"
    assert system.discover()[:2] == (
        (
            FoundRoot(named, (f"data-root in {config} (snap package)",), True, True),
            FoundRoot(default, ("snap package",), True, True),
        ),
        (),
    )


@pytest.mark.parametrize("part", ["image", "containers", "engine-id"])
def test_userns_remap(system: System, part: str) -> None:
    """A remapped root follows its parent; other children of such a name are left out."""
    parent = system.root("var/lib/docker")
    (system.top / "var/lib/docker/100000.100000" / part).mkdir(parents=True)
    (system.top / "var/lib/docker/200000.200000/other").mkdir(parents=True)
    (system.top / "var/lib/docker/1.x/image").mkdir(parents=True)
    found = system.discover()
    assert [(root.path, root.reasons) for root in found.roots] == [
        (parent, ("default of dockerd",)),
        (f"{parent}/100000.100000", ("userns-remap 100000.100000 below /var/lib/docker",)),
    ]


def test_parent_of_remapped_roots_only(system: System) -> None:
    """A directory that only holds remapped roots is no root itself."""
    path = system.root("var/lib/docker/100000.100000")
    root = system.only()
    assert (root.path, root.exists, root.readable) == (path, True, True)
