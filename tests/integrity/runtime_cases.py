"""Damage to the build cache, containers, volumes and networks."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from tests.integrity.cases import ABSENT, BUSY, ZEROS, Named, Table
from tests.integrity.layer_cases import STOPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integrity.site import Site, Tree

CASES = Table()

_SNAPSHOTS = "buildkit/snapshots.db"
_RECORDS = "buildkit/metadata_v2.db"
_LEASES = "buildkit/containerdmeta.db"
_NETWORKS = "network/files/local-kv.db"
_MOUNTED = """
SELECT c.container_id, m.name
FROM container_mounts AS m
JOIN containers AS c ON c.container_id = m.container_id
WHERE m.type = 'volume' AND m.driver = 'local' AND c.state IN ('created', 'exited')
    AND (SELECT COUNT(*) FROM container_mounts AS o WHERE o.name = m.name) = 1
ORDER BY c.container_id
"""
_RECORD = "SELECT cache_id FROM build_records ORDER BY cache_id"


def edit_container(site: Site, edit: Callable[[dict[str, Any]], object]) -> Named:
    """Have `edit` change the config of a container that does not run."""
    container = site.one(STOPPED)
    path = f"containers/{container}/config.v2.json"
    site.edit_json(site.path / path, edit)
    return Named(container, path)


def edit_records(site: Site, key: bytes, value: bytes) -> Named:
    """Set a value of a cache record."""
    record = site.one(_RECORD)

    def edit(tree: Tree) -> None:
        tree[b"_main"][record.encode()][key] = value

    site.edit_bolt(site.path / _RECORDS, edit)
    return Named(record, _RECORDS)


@CASES.case("B1", "fatal")
def snapshots_that_are_none(site: Site) -> Named:
    site.write(site.path / _SNAPSHOTS, b"\0" * 8192)
    return Named(None, _SNAPSHOTS)


@CASES.case("B1", "fatal")
def records_that_are_none(site: Site) -> Named:
    site.write(site.path / _RECORDS, b"\0" * 8192)
    return Named(None, _RECORDS)


# Its short link leads to nothing.
@CASES.case("B2", "warning", "G6")
def build_cache_without_its_directory(site: Site) -> Named:
    directory, name = site.ask(
        "SELECT directory, COALESCE(snapshot, directory) FROM build_snapshots "
        "WHERE directory NOT IN (SELECT cache_id FROM store_layers) AND directory NOT IN "
        "(SELECT lower_directory FROM directories WHERE lower_directory IS NOT NULL) "
        "ORDER BY directory"
    )[0]
    site.remove(site.home / directory)
    return Named(name, f"overlay2/{directory}")


@CASES.case("B3", "warning")
def a_snapshot_committed_from_nothing(site: Site) -> Named:
    directory, name = site.ask(
        "SELECT directory, snapshot FROM build_snapshots WHERE snapshot IS NOT NULL "
        "AND snapshot <> directory ORDER BY directory"
    )[0]
    site.edit_bolt(site.path / _SNAPSHOTS, lambda tree: tree.pop(directory.encode()))
    return Named(name, _SNAPSHOTS)


@CASES.case("B4", "warning", root=BUSY)
def a_snapshot_of_a_layer_that_is_gone(site: Site) -> Named:
    name = _spare_snapshot(site)
    site.edit_bolt(
        site.path / _SNAPSHOTS,
        lambda tree: tree[name.encode()].update({b"chainid": ABSENT.encode()}),
    )
    return Named(name, _SNAPSHOTS)


@CASES.case("B4", "warning", root=BUSY)
def a_snapshot_of_no_digest(site: Site) -> Named:
    name = _spare_snapshot(site)
    site.edit_bolt(
        site.path / _SNAPSHOTS, lambda tree: tree[name.encode()].update({b"chainid": b"nothing"})
    )
    return Named(name, _SNAPSHOTS)


def _spare_snapshot(site: Site) -> str:
    """A committed snapshot that no image layer was made of."""
    return str(
        site.one(
            "SELECT snapshot FROM build_snapshots WHERE snapshot IS NOT NULL "
            "AND chain_id IS NULL AND snapshot <> directory ORDER BY snapshot"
        )
    )


@CASES.case("B5", "warning", root=BUSY)
def a_snapshot_without_a_lease(site: Site) -> Named:
    name = _spare_snapshot(site)

    def edit(tree: Tree) -> None:
        leases = tree[b"v1"][b"buildkit"][b"leases"]
        for lease in leases.values():
            for names in lease.get(b"snapshots", {}).values():
                names.pop(name.encode(), None)

    site.edit_bolt(site.path / _LEASES, edit)
    return Named(name, _LEASES)


@CASES.case("B5", "warning")
def a_lease_of_no_record(site: Site) -> Named:
    def edit(tree: Tree) -> None:
        tree[b"v1"][b"buildkit"][b"leases"][b"odd"] = {b"createdat": b""}

    site.edit_bolt(site.path / _LEASES, edit)
    return Named("odd", _LEASES)


@CASES.case("B6", "warning")
def a_record_on_nothing(site: Site) -> Named:
    return edit_records(site, b"cache.parent", b'{"value":"nothing"}')


@CASES.case("B7", "warning")
def a_value_that_is_none(site: Site) -> Named:
    return edit_records(site, b"cache.description", b"{")


# Its read-write layer belongs to no container that can be told.
@CASES.case("C1", "error", "M5")
def a_container_that_does_not_decode(site: Site) -> Named:
    container = site.one(STOPPED)
    path = f"containers/{container}/config.v2.json"
    site.write(site.path / path, "{")
    return Named(container, path)


@CASES.case("C2", "error")
def a_name_without_a_slash(site: Site) -> Named:
    return edit_container(site, lambda it: it.update(Name="odd"))


@CASES.case("C2", "error")
def a_name_of_two(site: Site) -> Named:
    name = site.one("SELECT name FROM containers WHERE state = 'running' ORDER BY name")
    return edit_container(site, lambda it: it.update(Name=f"/{name}"))


@CASES.case("C3", "warning")
def an_image_gone(site: Site) -> Named:
    return edit_container(site, lambda it: it.update(Image=ABSENT))


@CASES.case("C4", "error")
def a_driver_of_old(site: Site) -> Named:
    return edit_container(site, lambda it: it.update(Driver="aufs"))


# metadata.db knows the volume still.
@CASES.case("C5", "error", "V3")
def a_volume_gone(site: Site) -> Named:
    container, name = site.ask(_MOUNTED)[0]
    site.remove(site.path / "volumes" / name)
    return Named(container, f"volumes/{name}")


@CASES.case("C6", "info")
def running_without_an_engine(site: Site) -> Named:
    return edit_container(site, lambda it: it["State"].update(Running=True))


@CASES.case("C7", "warning")
def half_removed(site: Site) -> Named:
    return edit_container(site, lambda it: it["State"].update(Dead=True))


@CASES.case("C8", "warning")
def a_log_elsewhere(site: Site) -> Named:
    return edit_container(site, lambda it: it.update(LogPath="/etc/passwd"))


@CASES.case("C9", "warning")
def no_host_config(site: Site) -> Named:
    container = site.one(STOPPED)
    path = f"containers/{container}/hostconfig.json"
    site.remove(site.path / path)
    return Named(container, path)


@CASES.case("V1", "fatal")
def volumes_that_are_none(site: Site) -> Named:
    site.write(site.path / "volumes/metadata.db", b"\0" * 8192)
    return Named(None, "volumes/metadata.db")


@CASES.case("V1", "warning")
def a_volume_named_otherwise(site: Site) -> Named:
    name = site.one("SELECT name FROM volumes WHERE anonymous = 0 ORDER BY name")

    def edit(tree: Tree) -> None:
        entry = json.loads(tree[b"volumes"][name.encode()])
        tree[b"volumes"][name.encode()] = json.dumps({**entry, "Name": "odd"}).encode()

    site.edit_bolt(site.path / "volumes/metadata.db", edit)
    return Named(name, "volumes/metadata.db")


@CASES.case("V2", "fatal")
def options_that_do_not_decode(site: Site) -> Named:
    name = site.one("SELECT name FROM volumes WHERE anonymous = 0 ORDER BY name")
    site.write(site.path / "volumes" / name / "opts.json", "{")
    return Named(name, f"volumes/{name}/opts.json")


@CASES.case("V3", "info")
def a_volume_without_an_entry(site: Site) -> Named:
    site.make_folder(site.path / "volumes/odd/_data")
    return Named("odd", "volumes/odd")


@CASES.case("V3", "warning")
def an_entry_without_a_volume(site: Site) -> Named:
    def edit(tree: Tree) -> None:
        tree[b"volumes"][b"odd"] = b'{"Name":"odd","Driver":"local"}'

    site.edit_bolt(site.path / "volumes/metadata.db", edit)
    return Named("odd", "volumes/odd")


# It has no entry in metadata.db.
@CASES.case("V4", "info", "V3")
def an_anonymous_volume_of_nobody(site: Site) -> Named:
    site.make_folder(site.path / "volumes" / ZEROS / "_data")
    return Named(ZEROS, f"volumes/{ZEROS}")


@CASES.case("N1", "fatal")
def networks_that_are_none(site: Site) -> Named:
    site.write(site.path / _NETWORKS, b"\0" * 8192)
    return Named(None, _NETWORKS)


@CASES.case("N1", "error")
def a_network_that_is_too_short(site: Site) -> Named:
    def edit(tree: Tree) -> None:
        tree[b"libnetwork"][f"docker/network/v1.0/network/{ZEROS}/".encode()] = b"{}"

    site.edit_bolt(site.path / _NETWORKS, edit)
    return Named(ZEROS, _NETWORKS)


@CASES.case("N2", "warning")
def an_endpoint_of_no_network(site: Site) -> Named:
    def edit(tree: Tree) -> None:
        key = f"docker/network/v1.0/endpoint/{ABSENT[7:]}/{ZEROS}/"
        tree[b"libnetwork"][key.encode()] = bytes(8) + b"{}"

    site.edit_bolt(site.path / _NETWORKS, edit)
    return Named(ZEROS, _NETWORKS)


@CASES.case("N2", "info")
def a_sandbox_of_no_container(site: Site) -> Named:
    def edit(tree: Tree) -> None:
        key = f"docker/network/v1.0/sandbox/{ZEROS}/"
        tree[b"libnetwork"][key.encode()] = bytes(8) + b'{"Cid":"gone"}'

    site.edit_bolt(site.path / _NETWORKS, edit)
    return Named(ZEROS, _NETWORKS)


@CASES.case("X1", "info")
def a_store_of_old(site: Site) -> Named:
    config = {"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers"}}
    data = json.dumps(config).encode()
    store = site.path / "image/vfs"
    site.write(store / "imagedb/content/sha256" / hashlib.sha256(data).hexdigest(), data)
    site.write(store / "repositories.json", '{"Repositories":{}}')
    return Named("vfs", "image/vfs")


@CASES.case("U4", "warning")
def volumes_elsewhere(site: Site) -> Named:
    site.rename(site.path / "volumes", site.path.parent / "volumes-elsewhere")
    site.link(site.path / "volumes", "../volumes-elsewhere")
    return Named("volumes", "volumes")


@CASES.case("U5", "error")
def containers_that_were_not_copied(site: Site) -> Named:
    site.remove(site.path / "containers")
    return Named("containers", "containers")


@CASES.case("U5", "error")
def read_write_layers_that_were_not_copied(site: Site) -> Named:
    path = "image/overlay2/layerdb/mounts"
    site.remove(site.path / path)
    return Named(path, path)
