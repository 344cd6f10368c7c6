"""Damage to layers, read-write layers and directories of the graph driver."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.integrity.cases import ABSENT, LINK, VFS, ZEROS, Named, Table
from tests.integrity.image_cases import OWN_LAYER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integrity.site import Site

CASES = Table()

_LAYERS = "image/overlay2/layerdb/sha256"
_MOUNTS = "image/overlay2/layerdb/mounts"
STOPPED = """
SELECT c.container_id, m.mount_id, m.init_id
FROM containers AS c
JOIN mounts AS m ON m.name = c.container_id
WHERE c.state IN ('created', 'exited')
    AND m.parent_chain_id IS NOT NULL
    AND c.container_id NOT IN (
        SELECT container_id FROM container_mounts WHERE type = 'volume'
    )
ORDER BY c.container_id
"""
"""A container that does not run and has no volume, with its directories."""


def own_layer(site: Site) -> tuple[str, Path, Path]:
    """A layer that one image alone needs: chain ID, its folder, its directory."""
    _, chain, cache_id, _ = site.ask(OWN_LAYER)[0]
    return chain, site.layers / chain[7:], site.home / cache_id


def lower_of(directory: Path) -> str:
    """What a directory is on, as the engine notes it."""
    return (directory / "lower").read_text()


@CASES.case("L1", "warning")
def a_layer_of_another_name(site: Site) -> Named:
    site.make_folder(site.layers / "odd")
    return Named(None, f"{_LAYERS}/odd")


# The engine drops the layer, and with it the image and its names; its directory stays the layer's.
@CASES.case("L2", "error", "I4 R6")
def a_size_with_a_line_end(site: Site) -> Named:
    chain, folder, _ = own_layer(site)
    site.write(folder / "size", "5\n")
    return Named(chain, f"{_LAYERS}/{chain[7:]}/size")


@CASES.case("L3", "error")
def another_diff_id(site: Site) -> Named:
    chain, folder, _ = own_layer(site)
    site.write(folder / "diff", ABSENT)
    return Named(chain, f"{_LAYERS}/{chain[7:]}")


# As with L2.
@CASES.case("L4", "error", "I4 R6")
def a_parent_that_is_no_digest(site: Site) -> Named:
    chain, folder, _ = own_layer(site)
    site.write(folder / "parent", "mother")
    return Named(chain, f"{_LAYERS}/{chain[7:]}/parent")


# The layer is not named after that parent, and the image cannot be loaded.
@CASES.case("L4", "error", "L3 I4 R6")
def a_parent_that_is_gone(site: Site) -> Named:
    chain, folder, _ = own_layer(site)
    site.write(folder / "parent", ABSENT)
    return Named(chain, f"{_LAYERS}/{chain[7:]}/parent")


# The base layer is not named after that parent, nor is its directory on that one's.
@CASES.case("L5", "fatal", "L3 L16")
def a_layer_below_itself(site: Site) -> Named:
    base, child = site.ask(
        "SELECT p.chain_id, c.chain_id FROM store_layers AS p "
        "JOIN store_layers AS c ON c.recorded_parent = p.chain_id WHERE p.recorded_parent IS NULL "
        "ORDER BY p.chain_id, c.chain_id"
    )[0]
    site.write(site.layers / base[7:] / "parent", child)
    return Named(base, f"{_LAYERS}/{base[7:]}/parent")


# Its short link leads to nothing.
@CASES.case("L6", "error", "G6")
def a_directory_gone(site: Site) -> Named:
    chain, _, directory = own_layer(site)
    site.remove(directory)
    return Named(chain, f"overlay2/{directory.name}")


# Nothing can be told of a single one: no build cache, no container.
@CASES.case("L6", "error")
def all_directories_gone(site: Site) -> Named:
    site.remove(site.home)
    return Named("overlay2", "overlay2")


# As with L2.
@CASES.case("L7", "error", "I4 R6 G1")
def a_directory_elsewhere(site: Site) -> Named:
    chain, folder, _ = own_layer(site)
    site.write(folder / "cache-id", "../../etc")
    return Named(chain, f"{_LAYERS}/{chain[7:]}/cache-id")


# What was the layer's directory is nobody's, and the other one is on other layers.
@CASES.case("L8", "error", "G1 L16")
def a_directory_of_two_layers(site: Site) -> Named:
    chain, folder, directory = own_layer(site)
    other = site.one(
        "SELECT cache_id FROM store_layers WHERE recorded_parent IS NULL "
        f"AND cache_id <> '{directory.name}' ORDER BY cache_id"
    )
    site.write(folder / "cache-id", other)
    return Named(chain, f"{_LAYERS}/{chain[7:]}/cache-id")


@CASES.case("L9", "error")
def no_tar_split(site: Site) -> Named:
    chain, folder, _ = own_layer(site)
    site.remove(folder / "tar-split.json.gz")
    return Named(chain, f"{_LAYERS}/{chain[7:]}/tar-split.json.gz")


@CASES.case("L11", "warning")
def an_image_gone_without_its_layer(site: Site) -> Named:
    image_id, chain = site.ask(OWN_LAYER)[0][:2]
    site.remove(site.store / "imagedb/content/sha256" / image_id[7:])
    if (noted := site.store / "imagedb/metadata/sha256" / image_id[7:]).exists():
        site.remove(noted)
    site.edit_json(site.store / "repositories.json", lambda it: _forget(it, image_id))
    return Named(chain, f"{_LAYERS}/{chain[7:]}")


def _forget(document: dict[str, dict[str, dict[str, str]]], image_id: str) -> None:
    for name, references in list(document["Repositories"].items()):
        kept = {key: value for key, value in references.items() if value != image_id}
        document["Repositories"][name] = kept
        if not kept:
            del document["Repositories"][name]


@CASES.case("L12", "warning")
def a_removal_cut_short(site: Site) -> Named:
    name = f"{ABSENT[7:]}-{ZEROS}-removing"
    site.make_folder(site.layers / name)
    return Named(ABSENT, f"{_LAYERS}/{name}")


@CASES.case("L13", "warning")
def a_write_cut_short(site: Site) -> Named:
    site.make_folder(site.store / "layerdb/tmp/write-set-1")
    return Named(None, "image/overlay2/layerdb/tmp/write-set-1")


# As with L2.
@CASES.case("L14", "error", "I4 R6")
def a_broken_descriptor(site: Site) -> Named:
    chain, folder, _ = own_layer(site)
    site.write(folder / "descriptor.json", "{")
    return Named(chain, f"{_LAYERS}/{chain[7:]}/descriptor.json")


@CASES.case("L14", "info")
def a_descriptor_from_windows(site: Site) -> Named:
    chain, folder, _ = own_layer(site)
    site.write(folder / "descriptor.json", "{}")
    return Named(chain, f"{_LAYERS}/{chain[7:]}/descriptor.json")


@CASES.case("L15", "warning")
def layers_of_another_algorithm(site: Site) -> Named:
    site.make_folder(site.store / "layerdb/sha512")
    return Named(None, "image/overlay2/layerdb/sha512")


@CASES.case("L16", "error")
def a_layer_on_another(site: Site) -> Named:
    chain, _, directory = own_layer(site)
    link, other = site.ask(
        "SELECT d.short_link, d.directory FROM directories AS d "
        "JOIN directories AS o ON o.directory = "
        f"(SELECT lower_directory FROM directories WHERE directory = '{directory.name}') "
        "WHERE d.committed = 1 AND d.directory <> o.directory AND d.lower_link IS NOT NULL "
        "AND d.directory NOT IN (SELECT directory FROM build_snapshots) ORDER BY d.directory"
    )[0]
    site.write(directory / "lower", f"l/{link}:{lower_of(site.home / other)}")
    return Named(chain, f"overlay2/{directory.name}")


# Its two directories are nobody's now; one is below the other, which is no proof of an owner.
@CASES.case("M1", "error", "G1")
def a_container_without_its_mount(site: Site) -> Named:
    container = site.one(STOPPED)
    site.remove(site.mounts / container)
    return Named(container, f"{_MOUNTS}/{container}/mount-id")


# The init-id still tells whose the directories are.
@CASES.case("M1", "error")
def a_mount_id_that_is_none(site: Site) -> Named:
    container = site.one(STOPPED)
    site.write(site.mounts / container / "mount-id", "../..")
    return Named(container, f"{_MOUNTS}/{container}/mount-id")


# Its short link leads to nothing.
@CASES.case("M2", "error", "G6")
def a_read_write_directory_gone(site: Site) -> Named:
    container, mount_id, _ = site.ask(STOPPED)[0]
    site.remove(site.home / mount_id)
    return Named(container, f"overlay2/{mount_id}")


@CASES.case("M3", "warning")
def no_init_layer(site: Site) -> Named:
    container = site.one(STOPPED)
    site.remove(site.mounts / container / "init-id")
    return Named(container, f"{_MOUNTS}/{container}/init-id")


@CASES.case("M4", "error")
def a_mount_on_a_layer_that_is_gone(site: Site) -> Named:
    container = site.one(STOPPED)
    site.write(site.mounts / container / "parent", ABSENT)
    return Named(container, f"{_MOUNTS}/{container}/parent")


@CASES.case("M4", "warning")
def a_mount_on_another_layer(site: Site) -> Named:
    container = site.one(STOPPED)
    other = site.one(
        "SELECT chain_id FROM store_layers WHERE chain_id NOT IN "
        f"(SELECT parent_chain_id FROM mounts WHERE name = '{container}') ORDER BY chain_id"
    )
    site.write(site.mounts / container / "parent", other)
    return Named(container, f"{_MOUNTS}/{container}/parent")


@CASES.case("M4", "error")
def a_mount_on_no_digest(site: Site) -> Named:
    container = site.one(STOPPED)
    site.write(site.mounts / container / "parent", "mother")
    return Named(container, f"{_MOUNTS}/{container}/parent")


@CASES.case("M5", "warning")
def a_mount_without_its_container(site: Site) -> Named:
    container = site.one(STOPPED)
    site.remove(site.path / "containers" / container)
    return Named(container, f"{_MOUNTS}/{container}")


@CASES.case("M6", "warning")
def a_mount_too_deep(site: Site) -> Named:
    mount_id = site.ask(STOPPED)[0][1]
    site.write(site.mounts / "odd/deep/mount-id", mount_id)
    return Named("odd/deep", f"{_MOUNTS}/odd/deep")


@CASES.case("G1", "warning")
def a_directory_of_nobody(site: Site) -> Named:
    site.make_folder(site.home / ZEROS)
    return Named(ZEROS, f"overlay2/{ZEROS}")


@CASES.case("G1", "warning", root=VFS)
def a_copy_of_nobody(site: Site) -> Named:
    site.make_folder(site.home / ZEROS)
    return Named(ZEROS, f"vfs/dir/{ZEROS}")


@CASES.case("G2", "error")
def no_files(site: Site) -> Named:
    _, _, directory = own_layer(site)
    site.remove(directory / "diff")
    return Named(directory.name, f"overlay2/{directory.name}/diff")


# The link back has no claim to lead to.
@CASES.case("G2", "error", "G6")
def no_short_name(site: Site) -> Named:
    _, _, directory = own_layer(site)
    site.remove(directory / "link")
    return Named(directory.name, f"overlay2/{directory.name}/link")


# As above.
@CASES.case("G3", "error", "G6")
def a_short_name_that_is_none(site: Site) -> Named:
    _, _, directory = own_layer(site)
    site.write(directory / "link", "short")
    return Named(directory.name, f"overlay2/{directory.name}/link")


@CASES.case("G3", "error")
def a_short_link_gone(site: Site) -> Named:
    _, _, directory = own_layer(site)
    link = (directory / "link").read_text()
    site.remove(site.home / "l" / link)
    return Named(directory.name, f"overlay2/l/{link}")


# The other directory has another name.
@CASES.case("G3", "error", "G6")
def a_short_link_elsewhere(site: Site) -> Named:
    _, _, directory = own_layer(site)
    other = site.ask(STOPPED)[0][1]
    link = (directory / "link").read_text()
    site.link(site.home / "l" / link, f"../{other}/diff")
    return Named(directory.name, f"overlay2/l/{link}")


@CASES.case("G4", "error")
def a_stack_that_is_none(site: Site) -> Named:
    mount_id = site.ask(STOPPED)[0][1]
    site.write(site.home / mount_id / "lower", "everything")
    return Named(mount_id, f"overlay2/{mount_id}/lower")


@CASES.case("G4", "error")
def a_stack_on_nothing(site: Site) -> Named:
    mount_id = site.ask(STOPPED)[0][1]
    site.write(site.home / mount_id / "lower", f"l/{LINK}")
    return Named(mount_id, f"overlay2/{mount_id}/lower")


@CASES.case("G5", "error")
def a_stack_without_its_last(site: Site) -> Named:
    directory = site.home / site.ask(STOPPED)[0][1]
    site.write(directory / "lower", lower_of(directory).rpartition(":")[0])
    return Named(directory.name, f"overlay2/{directory.name}/lower")


# Only the directory below changes; the one on it, which is now wrong, stays as it was on the disk.
@CASES.case("G5", "error", "G6")
def another_name_for_the_one_below(site: Site) -> Named:
    _, mount_id, init_id = site.ask(STOPPED)[0]
    site.write(site.home / init_id / "link", LINK)
    site.link(site.home / "l" / LINK, f"../{init_id}/diff")
    return Named(mount_id, f"overlay2/{mount_id}/lower")


@CASES.case("G6", "info")
def a_short_link_to_nothing(site: Site) -> Named:
    site.link(site.home / "l" / LINK, f"../{ZEROS}/diff")
    return Named(LINK, f"overlay2/l/{LINK}")


@CASES.case("G7", "info")
def a_parent_that_is_not_committed(site: Site) -> Named:
    init_id = site.ask(STOPPED)[0][2]
    site.remove(site.home / init_id / "committed")
    return Named(init_id, f"overlay2/{init_id}/committed")


@CASES.case("G7", "error")
def a_container_that_is_committed(site: Site) -> Named:
    mount_id = site.ask(STOPPED)[0][1]
    site.write(site.home / mount_id / "committed", "")
    return Named(mount_id, f"overlay2/{mount_id}/committed")


@CASES.case("G8", "warning")
def a_mount_point_left_behind(site: Site) -> Named:
    mount_id = site.ask(STOPPED)[0][1]
    site.make_folder(site.home / mount_id / "merged")
    return Named(mount_id, f"overlay2/{mount_id}/merged")


# The file of the layer is not read, so what is said of its image would be a guess.
@CASES.case("U2", "error")
def a_file_far_too_large(site: Site) -> Named:
    chain, folder, _ = own_layer(site)
    site.write(folder / "diff", "x" * 5000)
    return Named(chain, f"{_LAYERS}/{chain[7:]}/diff")


@CASES.case("S1", "error")
def a_link_in_the_place_of_a_file(site: Site) -> Named:
    chain, folder, _ = own_layer(site)
    site.link(folder / "diff", "/etc/passwd")
    return Named(chain, f"{_LAYERS}/{chain[7:]}/diff")


@CASES.case("S1", "error")
def names_that_all_may_write(site: Site) -> Named:
    site.set_mode(site.store / "repositories.json", 0o666)
    return Named(None, "image/overlay2/repositories.json")


@CASES.case("T1", "warning")
def an_old_temporary(site: Site) -> Named:
    path = site.store / ".tmp-repositories.json12345"
    site.write(path, "{")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return Named(None, "image/overlay2/.tmp-repositories.json12345")


@CASES.case("T1", "info")
def a_young_temporary(site: Site) -> Named:
    site.write(site.store / "imagedb/content/sha256" / f".tmp-{ZEROS}1", "{")
    return Named(None, f"image/overlay2/imagedb/content/sha256/.tmp-{ZEROS}1")


@CASES.case("G9", "warning")
def a_folder_of_a_former_driver(site: Site) -> Named:
    site.make_folder(site.path / "aufs/diff" / ZEROS)
    return Named("aufs", "aufs")
