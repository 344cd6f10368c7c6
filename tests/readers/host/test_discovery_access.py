"""Docker roots behind links, odd paths and missing permissions."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from indexer.docker.host.discovery import FoundRoot, discover
from tests.readers.host.fake_system import UNIT, System, unprivileged

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path / "disk")


@pytest.fixture
def open_system() -> Iterator[System]:
    """A system that every user may enter, unlike pytest's own temporary directories."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield System(Path(folder))


def test_missing_system(tmp_path: Path) -> None:
    """A system root that is not a directory is noted."""
    found = discover(str(tmp_path / "nowhere"))
    assert found.roots == ()
    assert found.notices == (
        f"{tmp_path}/nowhere is not a directory; name one that holds the system's files.",
    )


def test_special_file_is_not_opened(system: System) -> None:
    """A named pipe in place of daemon.json is noted and does not block."""
    system.special("etc/docker/daemon.json")
    (notice,) = system.discover().notices
    assert "is a special file, which is not opened" in notice


@pytest.mark.parametrize("target", ["/srv/docker", "../../srv/docker", "../../../../../srv/docker"])
def test_link_stays_inside_the_system(system: System, target: str) -> None:
    """A link is followed as the system itself would, also one that climbs above its `/`."""
    path = system.root("srv/docker")
    system.link("var/lib/docker", target)
    reason = "default of dockerd, by a link in /var/lib/docker"
    assert system.only() == FoundRoot(path, (reason,), exists=True, readable=True)


def test_links_never_reach_the_analyst(system: System, tmp_path: Path) -> None:
    """A root or a file that only exists outside the system is not found through links."""
    outside = System(tmp_path)
    outside.root("outside")
    outside.file("outside.json", '{"data-root": "/srv/secret"}')
    system.link("var/lib/docker", "../../../outside")
    system.link("etc/docker/daemon.json", str(tmp_path / "outside.json"))
    system.file("etc/sysconfig/docker", "OPTIONS='-g /../outside'")
    assert system.only() == FoundRoot(
        str(system.top / "outside"),
        ("OPTIONS -g in /etc/sysconfig/docker",),
        exists=False,
        readable=False,
    )


def test_linked_parts_of_a_path(system: System) -> None:
    """Links in the middle of a path, relative and absolute in turn, are resolved in the system."""
    path = system.root("mnt/big/docker")
    system.link("usr/lib/systemd", "/opt/systemd")
    system.file("opt/systemd/system/docker.service", "[Service]\nExecStart=dockerd -g /data/docker")
    system.link("data", "srv/data")
    system.link("srv/data", "/mnt/./big/")
    assert system.only().path == path


def test_file_in_place_of_a_folder(system: System) -> None:
    """A file where a folder of settings is looked for means there are none."""
    for path in ("etc/docker", "etc/systemd", "home"):
        system.file(path, "")
    found = system.discover()
    assert (found.roots, found.notices) == ((), ())


def test_link_loop(system: System) -> None:
    """A loop of links is noted and ends."""
    system.link("var/lib/docker", "docker2")
    system.link("var/lib/docker2", "docker")
    found = system.discover()
    assert found.roots == ()
    assert "leads through too many symbolic links" in found.notices[0]


def test_undecodable_names(system: System) -> None:
    """A path that is not UTF-8 can be opened as found, and its reason can be printed."""
    path = os.fsencode(system.top) + b"/srv/\xe9"
    os.makedirs(path)
    system.file(UNIT, b"[Service]\nExecStart=dockerd -g /srv/\xe9\n")
    system.file(os.fsdecode(b"etc/systemd/system/docker.service.d/\xe9.conf"), "[Service]\n")
    root = system.only()
    assert os.fsencode(root.path) == path
    assert root.exists


@pytest.mark.parametrize("path", ["/srv/\0docker", "/" + "d" * 300])
def test_impossible_path(system: System, path: str) -> None:
    """A configured path that no file system can hold is listed as missing, with a notice."""
    system.file(UNIT, f"[Service]\nExecStart=dockerd -g {path}\n")
    found = system.discover()
    assert [(root.exists, root.readable) for root in found.roots] == [(False, False)]
    assert "correct that setting" in found.notices[0]


def test_root_without_permission(open_system: System) -> None:
    """A root that may not be entered exists and is not readable."""
    path = open_system.root("var/lib/docker")
    os.chmod(path, 0)
    with unprivileged():
        root = open_system.only()
    os.chmod(path, 0o700)
    assert root == FoundRoot(path, ("default of dockerd",), exists=True, readable=False)


def test_configured_root_behind_a_closed_folder(open_system: System) -> None:
    """A configured root that cannot be looked up is listed, and the notice says how to see it."""
    path = open_system.root("srv/closed/docker")
    open_system.file("etc/docker/daemon.json", '{"data-root": "/srv/closed/docker"}')
    os.chmod(open_system.top / "srv/closed", 0)
    with unprivileged():
        found = open_system.discover()
    os.chmod(open_system.top / "srv/closed", 0o700)
    reason = "data-root in /etc/docker/daemon.json"
    assert found.roots == (FoundRoot(path, (reason,), exists=False, readable=False),)
    assert found.notices == (
        f"{path} cannot be looked up: permission denied; run as root to look there ({reason}).",
    )


def test_configuration_without_permission(open_system: System) -> None:
    """A daemon.json that may not be read is noted, and the default is still found."""
    open_system.root("var/lib/docker")
    file = open_system.file("etc/docker/daemon.json", '{"data-root": "/srv/docker"}')
    os.chmod(file, 0)
    os.chmod(open_system.top / "var/lib/docker", 0o755)
    with unprivileged():
        found = open_system.discover()
    assert [root.reasons for root in found.roots] == [("default of dockerd",)]
    assert found.notices[0].startswith(f"{file} cannot be read: permission denied")


def test_closed_homes_are_one_notice(open_system: System) -> None:
    """Homes that may not be entered are summed up in one sentence."""
    for user in ("ann", "ben", "cas", "dan", "eve"):
        (open_system.top / "home" / user).mkdir(parents=True)
        os.chmod(open_system.top / "home" / user, 0)
    with unprivileged():
        found = open_system.discover()
    whose = "ann, ben, cas and 2 more"
    notice = f"Rootless Docker of {whose} cannot be looked for: run as root to include it."
    assert (found.roots, found.notices) == ((), (notice,))
