"""Where the containerd of a Docker root is found, and which namespace in it is Docker's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.readers.containerd.reading import OWN, find, read
from tests.rootbuilder.containerd import METADATA, ContainerdBuilder

if TYPE_CHECKING:
    from pathlib import Path

WEB = "docker.io/library/web:1"


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def built(top: Path, *names: str, namespace: str = "moby") -> Path:
    """Write a containerd root whose namespace has images of these names."""
    store = ContainerdBuilder(top, namespace=namespace)
    store.space("leases")
    for name in names:
        store.image(name, [name.encode()])
    store.write()
    return top


def test_a_root_without_any_has_none(tmp_path: Path, docker: Path) -> None:
    found = find(docker)
    assert found.root is None
    assert found.looked_at == (
        str(docker / OWN),
        str(tmp_path / "desktop-containerd/daemon"),
        str(tmp_path / "containerd"),
        str(tmp_path / "containerd/root"),
    )
    assert found.findings == ()


def test_its_own_lies_inside(docker: Path) -> None:
    built(docker / OWN, WEB)
    root = find(docker).root
    assert root is not None
    assert (root.path, root.inside, root.namespace) == (str(docker / OWN), OWN, "moby")
    assert root.folder.path == OWN


def test_the_system_s_lies_beside(tmp_path: Path, docker: Path) -> None:
    """As `/var/lib/containerd` beside `/var/lib/docker`; paths in messages are whole."""
    beside = built(tmp_path / "containerd", WEB)
    root = find(docker).root
    assert root is not None
    assert (root.path, root.inside, root.namespace) == (str(beside), None, "moby")
    assert root.folder.path == str(beside)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("desktop-containerd/daemon", "of Docker Desktop, beside the Docker root"),
        ("containerd/root", "beside the Docker root, as on Windows"),
    ],
)
def test_other_places_beside_it(tmp_path: Path, docker: Path, place: str, reason: str) -> None:
    """On the disk of Docker Desktop's machine, and on Windows."""
    beside = built(tmp_path / place, WEB)
    root = find(docker).root
    assert root is not None
    assert (root.path, root.inside, root.reason) == (str(beside), None, reason)


def test_a_folder_without_the_database_is_none(tmp_path: Path, docker: Path) -> None:
    (docker / OWN / "tmpmounts").mkdir(parents=True)
    beside = built(tmp_path / "containerd")
    root = find(docker).root
    assert root is not None
    assert root.path == str(beside)


@pytest.mark.parametrize(
    ("own", "system", "inside"),
    [
        ((), (), True),
        ((WEB,), (), True),
        ((), (WEB,), False),
        ((WEB,), (WEB,), True),
    ],
)
def test_of_two_it_is_the_one_with_images_and_else_its_own(
    tmp_path: Path, docker: Path, own: tuple[str], system: tuple[str], inside: bool
) -> None:
    built(docker / OWN, *own)
    built(tmp_path / "containerd", *system)
    root = find(docker).root
    assert root is not None
    assert (root.inside is not None) is inside


def test_images_of_other_namespaces_do_not_count(tmp_path: Path, docker: Path) -> None:
    built(docker / OWN)
    built(tmp_path / "containerd", WEB, namespace="k8s.io")
    root = find(docker).root
    assert root is not None
    assert root.inside == OWN


def test_one_that_is_named_goes_before_all(tmp_path: Path, docker: Path) -> None:
    built(docker / OWN, WEB)
    named = built(tmp_path / "elsewhere")
    found = find(docker, named)
    assert found.root is not None
    assert (found.root.path, found.root.inside) == (str(named), None)
    assert found.looked_at == (str(named),)


@pytest.mark.parametrize("made", [False, True])
def test_one_that_is_named_and_is_none_is_not_found(
    tmp_path: Path, docker: Path, made: bool
) -> None:
    """Nothing else is taken in its place."""
    built(docker / OWN, WEB)
    named = tmp_path / "elsewhere"
    if made:
        named.mkdir()
    found = find(docker, named)
    assert found.root is None
    assert found.looked_at == (str(named),)


def test_a_link_is_followed_only_where_it_is_named(tmp_path: Path, docker: Path) -> None:
    """On the copy of a disk it may lead to the containerd of another machine."""
    built(tmp_path / "disk/containerd", WEB)
    (tmp_path / "containerd").symlink_to(tmp_path / "disk/containerd")
    search = find(docker)
    assert search.root is None
    (finding,) = search.findings
    assert (finding.rule, finding.path) == ("U3", str(tmp_path / "containerd"))
    assert finding.message.endswith("name where it leads with --containerd-root to include them.")
    root = find(docker, tmp_path / "containerd").root
    assert root is not None
    assert root.path == str(tmp_path / "containerd")


def test_a_link_inside_a_docker_root_is_not_followed(tmp_path: Path, docker: Path) -> None:
    built(tmp_path / "elsewhere", WEB)
    (docker / "containerd").mkdir()
    (docker / OWN).symlink_to(tmp_path / "elsewhere")
    found = find(docker)
    assert found.root is None
    (finding,) = found.findings
    assert (finding.rule, finding.path) == ("S1", OWN)


def test_a_remapped_root_has_the_containerd_around_it(tmp_path: Path) -> None:
    """With `userns-remap` a root is in another, and its namespace is named by its IDs."""
    sub = tmp_path / "docker/100000.200000"
    sub.mkdir(parents=True)
    outer = ContainerdBuilder(tmp_path / "docker" / OWN)
    outer.image("docker.io/library/outer:1", [b"outer"])
    own = ContainerdBuilder(outer.top, namespace="moby-100000.200000")
    own.image(WEB, [b"web"])
    outer.tree |= {key: value for key, value in own.tree.items() if key != b"version"}
    outer.files |= own.files
    outer.write()
    root = find(sub).root
    assert root is not None
    assert (root.path, root.inside) == (str(tmp_path / "docker" / OWN), None)
    assert root.namespace == "moby-100000.200000"
    assert [it.name for it in read(sub).names] == [WEB]
    assert [it.name for it in read(tmp_path / "docker").names] == ["docker.io/library/outer:1"]


def test_a_remapped_root_may_use_the_system_s(tmp_path: Path) -> None:
    """Before 26.0, and with a graph driver, its namespace is that of every other root."""
    sub = tmp_path / "docker/100000.200000"
    sub.mkdir(parents=True)
    system = built(tmp_path / "containerd", WEB)
    found = find(sub)
    assert found.root is not None
    assert (found.root.path, found.root.namespace) == (str(system), "moby")
    assert found.looked_at == (
        str(sub / OWN),
        str(tmp_path / "docker" / OWN),
        str(tmp_path / "desktop-containerd/daemon"),
        str(tmp_path / "containerd"),
        str(tmp_path / "containerd/root"),
    )


def test_a_remapped_root_with_a_graph_driver_has_no_images_there(tmp_path: Path) -> None:
    """Those in the namespace that it shares are of the root around it."""
    sub = tmp_path / "docker/100000.200000"
    (sub / "image/overlay2/imagedb").mkdir(parents=True)
    built(tmp_path / "docker" / OWN, WEB)
    root = find(sub).root
    assert root is not None
    assert (root.namespace, root.only_pulled) == ("moby", True)
    found = read(sub)
    assert (found.names, found.images, found.snapshots) == ((), (), ())
    assert [it.name for it in read(tmp_path / "docker").names] == [WEB]


def test_findings_in_the_system_s_have_whole_paths(tmp_path: Path, docker: Path) -> None:
    beside = built(tmp_path / "containerd", WEB)
    (beside / METADATA).write_bytes(b"nothing")
    found = read(docker)
    assert [(it.rule, it.path) for it in found.findings] == [("K1", str(beside / METADATA))]


def test_no_folder_is_left_open(tmp_path: Path, docker: Path) -> None:
    """Also of those that were looked at and not taken."""
    built(docker / OWN)
    built(tmp_path / "containerd", WEB)
    before = open_files()
    find(docker)
    read(docker)
    assert open_files() == before
