"""One index of two hosts for all tests of the pages, with hostile and odd content."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.rootbuilder import MountSpec, RootBuilder
from tests.sync.index_files import sync_roots
from tests.web.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HOSTILE = '<script>window.hacked = "script"</script><img src=x onerror="window.hacked = 1">'
FOLDER = Path(__file__).parent
SETTINGS = json.dumps({"routes": [f"/service/{number}" for number in range(40)]})


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Let Datasette leave its connections to the collector, of which Python 3.13 warns."""
    unclosed = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(unclosed)


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of two hosts whose tag `app:1` means different images."""
    folder = tmp_path_factory.mktemp("web")
    for host in ("web-1", "web-2"):
        root = RootBuilder(folder / host / "docker")
        fill(root, host)
        sync_roots(folder / "index.db", root.path, host=host, env_values=True)
    return folder / "index.db"


def fill(root: RootBuilder, host: str) -> None:
    """Write images, containers and volumes, some of them as an attacker would."""
    base = root.image([b"base"], tag="base:1", env=["A=b"], exposed_ports=["80/tcp"])
    root.digest_reference(base, f"base@sha256:{'c' * 64}")
    root.distribution(base.diff_ids[0], f"sha256:{'d' * 64}", "docker.io/library/base")
    labels = {"note": HOSTILE, HOSTILE: "name", "settings": SETTINGS, "host": host}
    app = root.image([host.encode() * 400], tag="app:1", base=base, labels=labels)
    root.image([b"old"], base=base, fields={"author": HOSTILE, "created": "1969-01-01T00:00:00Z"})
    mounts = [MountSpec("/data", name="data"), MountSpec("/etc/app", source="/srv", type="bind")]
    root.container("web", app, running=True, mounts=mounts, image_name="app:1", log=["up"])
    root.container("done", base, exit_code=3)
    root.volume("data")


@pytest.fixture(scope="module")
def site(index: Path) -> Iterator[Site]:
    """The pages of that index."""
    with Site(index) as opened:
        yield opened
