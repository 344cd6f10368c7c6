"""Links in the place of folders directly under a root: followed on demand, and no deeper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import dockidx

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unknown.site import Site

PARTS = ("overlay2", "containers", "volumes", "image")
QUERIES = ("disk-usage", "images", "volumes", "containers", "directories", "problems")


def moved(site: Site, part: str, target: Path, text: str | None = None) -> None:
    """Move a folder of the root to `target` and leave a link that says `text`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    (site.path / part).rename(target)
    (site.path / part).symlink_to(text or target)


def answers(site: Site) -> dict[str, object]:
    """What the queries say, without when it was seen.

    What lies behind a link takes nothing of the disk that the root is on.
    """
    found = {
        name: [
            {key: value for key, value in row.items() if not key.endswith("_at")}
            for row in site.query(name)
        ]
        for name in QUERIES
    }
    for row in found["disk-usage"]:
        del row["disk_bytes"]
    return dict(found)


@pytest.mark.parametrize("part", PARTS)
def test_message(site: Site, tmp_path: Path, part: str) -> None:
    """A link is said to be one, with where it points and how to have it read."""
    moved(site, part, tmp_path / "disk2" / part)
    site.sync()
    rule, path, message = site.problems()[0]
    assert (rule, path) == ("U4", part)
    assert str(tmp_path / "disk2" / part) in message
    assert "not read" in message
    assert "--follow-top-links" in message


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("is_relative", [False, True])
def test_followed(site: Site, tmp_path: Path, part: str, is_relative: bool) -> None:
    """With the option everything is answered as without the link."""
    site.sync()
    before = answers(site)
    moved(site, part, tmp_path / "disk2" / part, f"../disk2/{part}" if is_relative else None)
    site.sync("--follow-top-links")
    assert answers(site) == before


def test_without_option_again(site: Site, tmp_path: Path) -> None:
    """What was read through a link is unknown once it is not followed any more."""
    moved(site, "volumes", tmp_path / "disk2/volumes")
    site.sync("--follow-top-links")
    assert site.usage("volumes")[0] == 2
    site.sync()
    assert site.usage("volumes") == (None,) * 4


def test_nothing_deeper(site: Site, tmp_path: Path) -> None:
    """A link below a followed folder is not followed."""
    moved(site, "containers", tmp_path / "disk2/containers")
    name = site.container.container_id
    (tmp_path / "disk2/containers" / name).rename(tmp_path / "inner")
    (tmp_path / "disk2/containers" / name).symlink_to(tmp_path / "inner")
    site.sync("--follow-top-links")
    assert site.cause()[:2] == ("S1", f"containers/{name}")
    assert site.query("containers") == []


def test_dangling(site: Site, tmp_path: Path) -> None:
    """A link to what is not there leaves the part unknown, and says so."""
    moved(site, "volumes", tmp_path / "disk2/volumes", "/no/such/folder")
    site.sync("--follow-top-links")
    rule, path, message = site.cause()
    assert (rule, path) == ("U4", "volumes")
    assert "no folder is there" in message
    assert site.usage("volumes") == (None,) * 4


def test_index_behind_a_link(site: Site, tmp_path: Path) -> None:
    """No index is written into a folder that belongs to the root by a link."""
    moved(site, "volumes", tmp_path / "disk2/volumes")
    index = tmp_path / "disk2/volumes/index.db"
    outcome = dockidx("sync", "--root", site.path, "--db", index, "--follow-top-links")
    assert outcome.code != 0
    assert "nothing is ever written" in outcome.err
    assert not index.exists()


def test_other_system(site: Site, tmp_path: Path) -> None:
    """Absolute targets are taken below the other system's root folder."""
    site.sync()
    before = answers(site)
    moved(site, "volumes", tmp_path / "data/volumes", "/data/volumes")
    moved(site, "containers", tmp_path / "data/containers", "/jump/containers")
    (tmp_path / "jump").symlink_to("/../../data")
    site.sync("--follow-top-links", "--system", tmp_path)
    assert answers(site) == before


def test_no_way_out_of_a_system(site: Site, tmp_path: Path) -> None:
    """A link of another system never leads to the files of this one."""
    outside = tmp_path / "outside"
    moved(site, "volumes", outside, str(outside))
    (tmp_path / "other").mkdir()
    site.path.rename(tmp_path / "other/docker")
    inside = site._replace(path=tmp_path / "other/docker")
    inside.sync("--follow-top-links", "--system", tmp_path / "other")
    rule, path, message = inside.cause()
    assert (rule, path) == ("U4", "volumes")
    assert "no folder is there" in message


def test_root_beside_a_system(site: Site, tmp_path: Path) -> None:
    """Where a root lies outside of the system, only an absolute target says where it leads."""
    moved(site, "volumes", tmp_path / "sys/data/volumes", "/data/volumes")
    moved(site, "containers", tmp_path / "sys/data/containers", "../sys/data/containers")
    site.sync("--follow-top-links", "--system", tmp_path / "sys")
    assert site.usage("volumes")[0] == 2
    assert [it[:2] for it in site.problems()] == [("U4", "containers")]


def test_deep_check_follows_too(site: Site, tmp_path: Path) -> None:
    """What a sync has read through a link is read again the same way."""
    moved(site, "overlay2", tmp_path / "disk2/overlay2")
    site.sync("--follow-top-links")
    outcome = dockidx("check", "--deep", "--db", site.index)
    assert "U4" not in outcome.out
