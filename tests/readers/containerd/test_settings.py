"""Where the system's containerd has its root, as its settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from indexer.docker.containerd.place import whereabouts
from indexer.docker.host.discovery import discover
from tests.readers.host.fake_system import System
from tests.rootbuilder.containerd import ContainerdBuilder

if TYPE_CHECKING:
    from pathlib import Path


def configured(system: Path, text: str) -> str:
    """The containerd root of a system whose config.toml holds `text`."""
    folder = system / "etc/containerd"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(text)
    return discover(str(system)).containerd[0].path


def test_the_default(tmp_path: Path) -> None:
    """Without settings it is where packages put it, below the system's root."""
    (setting,) = discover(str(tmp_path)).containerd
    assert (setting.path, setting.reason) == (
        f"{tmp_path}/var/lib/containerd",
        "default of containerd",
    )


def test_another_root(tmp_path: Path) -> None:
    """What `root` says is taken."""
    assert configured(tmp_path, 'version = 2\nroot = "/data/ctrd"\n') == f"{tmp_path}/data/ctrd"


@pytest.mark.parametrize("text", ["root = [", 'root = "relative"', "root = 3", "\0", "[" * 5000])
def test_settings_that_say_nothing(tmp_path: Path, text: str) -> None:
    """The default is taken, and a file that is not TOML is named."""
    assert configured(tmp_path, text) == f"{tmp_path}/var/lib/containerd"
    found = discover(str(tmp_path))
    told = any("etc/containerd/config.toml is not TOML" in notice for notice in found.notices)
    assert told == (text not in ('root = "relative"', "root = 3"))


CONFIG = "etc/containerd/config.toml"
CONF_D = "etc/containerd/conf.d"


def places(system: System) -> list[tuple[str, str]]:
    """Where containerd may have its root, below the system's root, and what says so."""
    return [
        (it.path.removeprefix(str(system.top)), it.reason) for it in system.discover().containerd
    ]


def test_of_imported_files_the_last_one_that_says_a_root_wins(tmp_path: Path) -> None:
    """Imports are relative to the file that names them, sorted, and read after it."""
    system = System(tmp_path)
    system.file(CONFIG, 'root = "/first"\nimports = ["conf.d/*.toml", "/etc/more.toml"]\n')
    system.file(f"{CONF_D}/20.toml", 'root = "/second"\nimports = ["../../nested.toml"]\n')
    system.file(f"{CONF_D}/10.toml", 'root = "/overridden"\n')
    system.file(f"{CONF_D}/30.conf", 'root = "/no-toml-by-name"\n')
    assert places(system)[0] == ("/second", f"root in /{CONF_D}/20.toml")
    system.file("etc/more.toml", 'imports = ["/etc/containerd/config.toml"]\nroot = "/third"\n')
    assert places(system)[0] == ("/third", "root in /etc/more.toml")
    system.file("etc/nested.toml", 'root = "/fourth"\n')
    assert places(system)[0] == ("/fourth", "root in /etc/nested.toml")


def test_a_config_without_imports_reads_no_drop_in(tmp_path: Path) -> None:
    """Without config.toml the drop-ins are what there is to go by."""
    system = System(tmp_path)
    drop_in = system.file(f"{CONF_D}/10.toml", 'version = 3\nroot = "/data/ctrd"\n')
    default = ("/var/lib/containerd", "default of containerd")
    assert places(system) == [("/data/ctrd", f"root in /{CONF_D}/10.toml"), default]
    system.file(CONFIG, "version = 3\n")
    assert places(system) == [default]
    drop_in.unlink()
    assert places(system) == [default]


@pytest.mark.parametrize("option", ["--root /unit", "--root=/unit", "-root /unit"])
def test_the_unit_goes_before_the_configuration(tmp_path: Path, option: str) -> None:
    system = System(tmp_path)
    unit = "usr/lib/systemd/system/containerd.service"
    system.file(unit, f"[Service]\nExecStart=/usr/bin/containerd {option} --state /s\n")
    system.file(CONFIG, 'root = "/config"\n')
    assert places(system)[:2] == [
        ("/unit", f"--root in /{unit}"),
        ("/config", f"root in /{CONFIG}"),
    ]


def test_the_unit_can_name_another_configuration(tmp_path: Path) -> None:
    system = System(tmp_path)
    unit = "etc/systemd/system/containerd.service"
    system.file(unit, "[Service]\nExecStart=/usr/bin/containerd -c /opt/c.toml\n")
    system.file("opt/c.toml", 'root = "/from-opt"\n')
    assert places(system)[0] == ("/from-opt", "root in /opt/c.toml")


def running(system: System, pid: int, *words: str, root: str = "") -> None:
    """A process of the fake system, as proc(5) shows it."""
    system.file(f"proc/{pid}/cmdline", "\0".join((*words, "")))
    system.link(f"proc/{pid}/root", root or str(system.top))


def test_running_daemons_go_first(tmp_path: Path) -> None:
    """But for those that have other files, and for the containerd that an engine runs itself."""
    system = System(tmp_path)
    other = tmp_path / "container"
    other.mkdir()
    running(system, 7, "/usr/bin/dockerd", "--data-root=/srv/docker", "-H", "fd://")
    running(system, 8, "dockerd", "--data-root=/in-a-container", root=str(other))
    running(system, 9, "containerd", "--config", "/run/containerd.toml")
    running(system, 10, "/usr/bin/containerd", "--root", "/srv/ctrd")
    running(system, 11, "python3", "--root", "/none", "--data-root", "/none")
    system.file("run/containerd.toml", 'root = "/srv/docker/containerd/daemon"\n')
    system.root("srv/docker")
    found = discover(str(tmp_path), proc=f"{tmp_path}/proc")
    reasons = [(it.path, *it.reasons) for it in found.roots]
    said = "--data-root in the command line of dockerd (process 7)"
    assert reasons == [(f"{tmp_path}/srv/docker", said)]
    assert [it.path for it in found.containerd] == [
        f"{tmp_path}/srv/ctrd",
        f"{tmp_path}/var/lib/containerd",
    ]
    assert discover(str(tmp_path)).roots == ()


def test_links_of_a_copied_disk_stay_in_it(tmp_path: Path) -> None:
    """`/var/lib/containerd` that links to another disk is found where that is in the copy."""
    system = System(tmp_path / "disk")
    docker = system.root("var/lib/docker")
    ContainerdBuilder(tmp_path / "disk/data/ctrd").write()
    system.link("var/lib/containerd", "/data/ctrd")
    settings = system.discover().containerd
    found = whereabouts(docker, settings)
    assert found == (f"{tmp_path}/disk/data/ctrd", "default of containerd")
