"""Containers into their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Self

from indexer.docker.containers.config import PortBinding
from indexer.docker.encodings.digests import is_digest
from indexer.docker.encodings.image_reference import MalformedReferenceError, parse_reference
from indexer.index.rows import delete_rows, insert_rows, load_rows
from indexer.schema.runtime import (
    container_env,
    container_labels,
    container_mounts,
    container_networks,
    container_ports,
    containers,
)
from indexer.sync.engine.fingerprints import save_fingerprints
from indexer.sync.engine.kinds import CONTAINER
from indexer.sync.engine.reconcile import Key, reconcile
from indexer.sync.engine.store_key import CONTAINERD, GRAPH_DRIVER, StoreKey
from indexer.sync.tables.images import name_images
from indexer.sync.tables.stores import stores_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containers.config import ContainerConfig
    from indexer.docker.containers.scan import ContainerRecord, Containers
    from indexer.docker.files.folder import Fingerprint
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row
    from indexer.sync.engine.change_log import ChangeLog

_OLDEST_DRIVER: Final = "aufs"
"""The driver of containers that name none, to the engines that load them at all (until 23.0)."""

SECTION: Final = "containers"
_PARTS: Final = (
    container_labels,
    container_env,
    container_ports,
    container_mounts,
    container_networks,
)
_SAME_FIELDS: Final = (
    "container_id",
    "name",
    "driver",
    "image_name",
    "os",
    "command",
    "state",
    "exit_code",
    "pid",
    "error",
    "health",
    "restart_count",
    "created_at",
    "started_at",
    "finished_at",
    "hostname",
    "user",
    "working_dir",
)
_SAME_HOST_FIELDS: Final = (
    "network_mode",
    "restart_policy",
    "log_driver",
    "runtime",
    "memory_bytes",
    "nano_cpus",
)


class StorePlaces(NamedTuple):
    """Where containers belong: the store ID of each store, and image IDs by what containerd shows.

    `images` holds them by manifest digest and, where that says nothing, by the engine's image ID.
    """

    stores: Mapping[StoreKey, str]
    images: Mapping[str, str]

    @classmethod
    def of_root(cls, connection: Connection, root_id: str) -> Self:
        """Those of the root `root_id`, whose stores are written."""
        own = stores_of(connection, root_id)
        found: dict[str, str] = {}
        for key, store_id in own.items():
            if key.kind == CONTAINERD:
                found.update(_images_shown(connection, store_id))
        return cls(own, found)

    def of(self, config: ContainerConfig) -> tuple[str | None, str | None]:
        """The store and the image of a container, each None where it is not known."""
        driver, image_id = config.driver or _OLDEST_DRIVER, config.image_id or ""
        containerd = self.stores.get(StoreKey(CONTAINERD, driver))
        graph_driver = self.stores.get(StoreKey(GRAPH_DRIVER, driver))
        if containerd is not None and (graph_driver is None or config.manifest_digest is not None):
            shown = self.images.get(config.manifest_digest or "") or self.images.get(image_id)
            return containerd, shown
        # Only a graph-driver store shows the config digest as the image ID.
        return graph_driver, image_id if graph_driver is not None and is_digest(image_id) else None


def _images_shown(connection: Connection, store_id: str) -> Iterator[tuple[str, str]]:
    for shown, table in (
        ("engine_image_id", "store_images"),
        ("manifest_digest", "image_manifests"),
    ):
        query = f"SELECT {shown}, image_id FROM {table} WHERE store_id = ?"  # noqa: S608
        rows = connection.rows(query, (store_id,))
        yield from ((name, image_id) for name, image_id in rows if image_id is not None)


def write_containers(
    connection: Connection,
    root_id: str,
    places: StorePlaces,
    found: Containers,
    known: Mapping[str, Fingerprint],
    at: str,
    log: ChangeLog,
    *,
    env_values: bool,
) -> bool:
    """Make the container rows of a root equal to `found`; say whether anything went away.

    `places` gives their stores and images.
    """
    scan = found.scan
    if not scan.listed:
        return False
    scope = {"root_id": root_id}
    fresh: dict[Key, Row] = {
        (name,): _container_row(record, places, found.log_bytes[name])
        for name, record in scan.records.items()
    }
    name_images(connection, (row["image_id"] for row in fresh.values()))
    kept = {(name,) for name in scan.unchanged}
    difference = reconcile(connection, CONTAINER, scope, fresh, kept, at, log)
    _write_log_bytes(connection, scope, found)
    added = {key[0] for key in difference.added}
    stale = [*(scan.records.keys() - added), *(key[0] for key in difference.removed)]
    _replace_parts(connection, scope, scan.records, stale, env_values=env_values)
    save_fingerprints(connection, root_id, SECTION, known, scan)
    return bool(difference.removed or difference.changed)


def _write_log_bytes(connection: Connection, scope: Row, found: Containers) -> None:
    """Logs grow without any of a container's files being rewritten."""
    changed = [
        (log_bytes, scope["root_id"], row["container_id"])
        for row in load_rows(connection, containers, scope)
        if (log_bytes := found.log_bytes.get(row["container_id"])) is not None
        and log_bytes != row["log_bytes"]
    ]
    # Past `written_tables`: no rule is about the size of logs.
    sql = "UPDATE containers SET log_bytes = ? WHERE root_id = ? AND container_id = ?"
    connection.run_many(sql, changed)


def _replace_parts(
    connection: Connection,
    scope: Row,
    records: Mapping[str, ContainerRecord],
    stale: list[str],
    *,
    env_values: bool,
) -> None:
    for part in _PARTS:
        delete_rows(connection, part, [{**scope, "container_id": name} for name in stale])
    parts = (
        (container_labels, _label_rows),
        (container_ports, _port_rows),
        (container_mounts, _mount_rows),
        (container_networks, _network_rows),
    )
    for part, rows_of in parts:
        rows = [{**scope, **row} for record in records.values() for row in rows_of(record)]
        insert_rows(connection, part, rows)
    env = [row for record in records.values() for row in _env_rows(record, env_values)]
    insert_rows(connection, container_env, [{**scope, **row} for row in env])


def _container_row(record: ContainerRecord, places: StorePlaces, log_bytes: int) -> Row:
    config, host = record
    store_id, image_id = places.of(config)
    row = {name: getattr(config, name) for name in _SAME_FIELDS}
    row.update({name: getattr(host, name) for name in _SAME_HOST_FIELDS})
    row.update(_typed_reference(config))
    return {
        **row,
        "store_id": store_id,
        "engine_image_id": config.image_id,
        "manifest_digest": config.manifest_digest,
        "image_id": image_id,
        "oom_killed": int(config.oom_killed),
        "privileged": int(host.privileged),
        "auto_remove": int(host.auto_remove),
        "read_only": int(host.read_only),
        "log_bytes": log_bytes,
    }


def _typed_reference(config: ContainerConfig) -> Row:
    """What was typed, in its parts; all None for an ID (moby `daemon/images/image.go` GetImage)."""
    try:
        repository, tag, digest = parse_reference(config.image_name or "")
    except MalformedReferenceError:
        return {"image_repository": None, "image_tag": None, "image_digest": None}
    return {
        "image_repository": repository.canonical,
        "image_tag": None if digest else tag or "latest",
        "image_digest": digest,
    }


def _label_rows(record: ContainerRecord) -> Iterator[Row]:
    for label, value in record.config.labels:
        yield {"container_id": record.config.container_id, "label": label, "value": value}


def _env_rows(record: ContainerRecord, env_values: bool) -> Iterator[Row]:
    for name, value in record.config.env:
        yield {
            "container_id": record.config.container_id,
            "name": name,
            "value": value if env_values else None,
        }


def _port_rows(record: ContainerRecord) -> Iterator[Row]:
    config, host = record
    exposed = [PortBinding(port, None, None) for port in config.exposed_ports]
    published = [binding for binding in config.ports if binding.host_port is not None]
    sources = (("exposed", exposed), ("requested", host.port_bindings), ("published", published))
    rows = [(source, binding) for source, bindings in sources for binding in bindings]
    for position, (source, binding) in enumerate(rows, 1):
        yield {
            "container_id": config.container_id,
            "position": position,
            "source": source,
            **binding._asdict(),
        }


def _mount_rows(record: ContainerRecord) -> Iterator[Row]:
    mounts = {mount.destination: mount for mount in record.config.mount_points}
    for mount in mounts.values():
        yield {
            "container_id": record.config.container_id,
            **mount._asdict(),
            "rw": int(mount.rw),
        }


def _network_rows(record: ContainerRecord) -> Iterator[Row]:
    for endpoint in record.config.endpoints:
        yield {"container_id": record.config.container_id, **endpoint._asdict()}
