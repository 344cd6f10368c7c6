"""Writes containers with their labels, variables, ports, mounts and networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Self

from indexer.docker.containers.config import PortBinding
from indexer.docker.encodings.digests import is_digest
from indexer.docker.encodings.image_reference import MalformedReferenceError, parse_reference
from indexer.index.rows import delete_rows, insert_rows, load_rows
from indexer.schema import runtime
from indexer.sync.engine.fingerprints import save_fingerprints
from indexer.sync.engine.reconcile import Key, reconcile
from indexer.sync.engine.reconciled_tables import CONTAINERS
from indexer.sync.engine.store_key import CONTAINERD, GRAPH_DRIVER, StoreKey
from indexer.sync.tables.images import name_images

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.docker.containers.config import ContainerConfig
    from indexer.docker.containers.scan import ContainerRecord, Containers
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row
    from indexer.sync.engine.root_sync import RootSync

_OLDEST_DRIVER: Final = "aufs"
"""The driver of containers that name none, for the engines that load such ones (until 23.0)."""

CONTAINERS_SECTION: Final = "containers"
"""The section that holds the fingerprints of containers."""
_PARTS: Final = (
    runtime.container_labels,
    runtime.container_env,
    runtime.container_ports,
    runtime.container_mounts,
    runtime.container_networks,
)
_CONFIG_FIELDS: Final = (
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
_HOST_FIELDS: Final = (
    "network_mode",
    "restart_policy",
    "log_driver",
    "runtime",
    "memory_bytes",
    "nano_cpus",
)


class _Images(NamedTuple):
    """Finds the store and the image of a container.

    `stores` has the ID of each store. `by_digest` has the image IDs of containerd by manifest
    digest and by engine image ID.
    """

    stores: Mapping[StoreKey, str]
    by_digest: Mapping[str, str]

    @classmethod
    def of_root(cls, sync: RootSync) -> Self:
        """Load them after the stores of the root were written."""
        by_digest: dict[str, str] = {}
        for key, store_id in sync.stores.items():
            if key.kind == CONTAINERD:
                by_digest.update(_image_ids(sync.connection, store_id))
        return cls(sync.stores, by_digest)

    def of(self, config: ContainerConfig) -> tuple[str | None, str | None]:
        """The store ID and the image ID of a container, each None if it is unknown."""
        driver, shown_id = config.driver or _OLDEST_DRIVER, config.image_id or ""
        containerd = self.stores.get(StoreKey(CONTAINERD, driver))
        graph_driver = self.stores.get(StoreKey(GRAPH_DRIVER, driver))
        if containerd is not None and (graph_driver is None or config.manifest_digest is not None):
            by_manifest = self.by_digest.get(config.manifest_digest or "")
            return containerd, by_manifest or self.by_digest.get(shown_id)
        # Only with a graph driver is the engine image ID the digest of the config.
        return graph_driver, shown_id if graph_driver is not None and is_digest(shown_id) else None


def _image_ids(connection: Connection, store_id: str) -> Iterator[tuple[str, str]]:
    for column, table in (
        ("engine_image_id", "store_images"),
        ("manifest_digest", "image_manifests"),
    ):
        query = f"SELECT {column}, image_id FROM {table} WHERE store_id = ?"  # noqa: S608
        rows = connection.rows(query, (store_id,))
        yield from ((digest, image_id) for digest, image_id in rows if image_id is not None)


def write_containers(sync: RootSync, containers: Containers) -> bool:
    """Make the container rows of a root equal to `containers`, after its stores were written.

    Return whether content may have lost its last reference.
    """
    scan = containers.scan
    if not scan.listed:
        return False
    images = _Images.of_root(sync)
    fresh: dict[Key, Row] = {
        (name,): _container_row(record, images, containers.log_bytes[name])
        for name, record in scan.records.items()
    }
    name_images(sync.connection, (row["image_id"] for row in fresh.values()))
    difference = reconcile(sync, CONTAINERS, fresh, {(name,) for name in scan.unchanged})
    _write_log_bytes(sync, containers)
    added = {key[0] for key in difference.added}
    stale = [*(scan.records.keys() - added), *(key[0] for key in difference.removed)]
    _replace_parts(sync, scan.records, stale)
    save_fingerprints(sync, CONTAINERS_SECTION, scan)
    return difference.needs_cleanup


def _write_log_bytes(sync: RootSync, containers: Containers) -> None:
    """Write the sizes of logs, which grow although no other file of a container changes."""
    changed = [
        (log_bytes, sync.root_id, row["container_id"])
        for row in load_rows(sync.connection, runtime.containers, sync.scope)
        if (log_bytes := containers.log_bytes.get(row["container_id"])) is not None
        and log_bytes != row["log_bytes"]
    ]
    # This does not count as a written table: no rule depends on the size of logs, and every sync
    # of a busy host would evaluate all rules about containers again.
    sql = "UPDATE containers SET log_bytes = ? WHERE root_id = ? AND container_id = ?"
    sync.connection.run_many(sql, changed)


def _replace_parts(
    sync: RootSync, records: Mapping[str, ContainerRecord], stale: list[str]
) -> None:
    """Delete the parts of the `stale` containers and insert those of `records`."""
    for part in _PARTS:
        keys = [{**sync.scope, "container_id": name} for name in stale]
        delete_rows(sync.connection, part, keys)
    parts = (
        (runtime.container_labels, _label_rows),
        (runtime.container_ports, _port_rows),
        (runtime.container_mounts, _mount_rows),
        (runtime.container_networks, _network_rows),
    )
    for part, rows_of in parts:
        rows = [{**sync.scope, **row} for record in records.values() for row in rows_of(record)]
        insert_rows(sync.connection, part, rows)
    env_values = sync.options.env_values
    env = [row for record in records.values() for row in _env_rows(record, env_values)]
    insert_rows(sync.connection, runtime.container_env, [{**sync.scope, **row} for row in env])


def _container_row(record: ContainerRecord, images: _Images, log_bytes: int) -> Row:
    config, host = record
    store_id, image_id = images.of(config)
    row = {name: getattr(config, name) for name in _CONFIG_FIELDS}
    row.update({name: getattr(host, name) for name in _HOST_FIELDS})
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
    """The parts of the reference that the user typed, all None if it was an ID.

    Source: moby `daemon/images/image.go` GetImage.
    """
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
