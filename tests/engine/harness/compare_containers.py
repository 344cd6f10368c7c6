"""Containers: the index beside the engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.engine.harness.comparison import known, known_number, seconds, utc, variables
from tests.engine.harness.snapshot_files import snapshot_files

if TYPE_CHECKING:
    from tests.engine.harness.answers import Answers, Record
    from tests.engine.harness.comparison import Comparison
    from tests.engine.harness.index_answers import Index, Row

_STACK = """
WITH RECURSIVE stack (container_id, store_id, depth, chain_id) AS (
    SELECT name, store_id, 1, parent_chain_id
    FROM mounts
    WHERE parent_chain_id IS NOT NULL
    UNION ALL
    SELECT s.container_id, s.store_id, s.depth + 1, l.parent_chain_id
    FROM stack AS s
    JOIN layers AS l ON l.chain_id = s.chain_id
    WHERE l.parent_chain_id IS NOT NULL
)
SELECT stack.container_id, store_layers.cache_id
FROM stack
JOIN store_layers ON store_layers.store_id = stack.store_id
    AND store_layers.chain_id = stack.chain_id
ORDER BY stack.container_id, stack.depth
"""


def compare_containers(comparison: Comparison, index: Index, answers: Answers) -> None:
    """Compare all containers, running or not, with all that belongs to them."""
    rows = index.query("containers")
    listed = {container["Id"]: container for container in answers.containers}
    both = comparison.same_things("container", (row["container_id"] for row in rows), listed)
    comparison.same_things("inspected container", answers.container_inspect, both)
    ours = {row["container_id"]: row for row in rows}
    details = {row["container_id"]: row for row in index.table("containers")}
    image_ids = index.image_ids()
    for container_id in comparison.same_things("row of container", details, both):
        inspected = answers.container_inspect[container_id]
        _compare_listing(comparison, ours[container_id], listed[container_id])
        _compare_image(comparison, ours[container_id], inspected, image_ids)
        _compare_state(comparison, ours[container_id], inspected)
        health = _health(index, inspected)
        comparison.equal(
            f"container {container_id}", "health", ours[container_id]["health"], health
        )
        _compare_details(comparison, details[container_id], inspected)
    _compare_attributes(comparison, index, answers)
    _compare_ports(comparison, index, answers)
    _compare_networks(comparison, index, answers)
    _compare_mounts(comparison, index, answers)
    _compare_stacks(comparison, index, answers, ours)


def _compare_listing(comparison: Comparison, ours: Row, theirs: Record) -> None:
    comparison.fields_equal(
        f"container {ours['container_id']} in the list",
        {**ours, "names": [f"/{ours['name']}"], "created": seconds(ours["created_at"])},
        {
            "names": theirs["Names"],
            "image": theirs["Image"],
            "engine_image_id": theirs["ImageID"],
            "state": theirs["State"],
            "created": theirs["Created"],
        },
    )


def _compare_image(
    comparison: Comparison, ours: Row, theirs: Record, image_ids: dict[str, str | None]
) -> None:
    """Compare the image; the containerd store tells the manifest of the platform that runs."""
    engine_id, manifest = theirs["Image"], theirs.get("ImageManifestDescriptor")
    comparison.fields_equal(
        f"container {ours['container_id']}",
        ours,
        {
            "engine_image_id": engine_id,
            "image_id": image_ids.get(engine_id, engine_id),
            "manifest_digest": manifest["digest"] if manifest else None,
        },
    )


def _compare_state(comparison: Comparison, ours: Row, theirs: Record) -> None:
    state, host = theirs["State"], theirs["HostConfig"]
    comparison.fields_equal(
        f"container {ours['container_id']}",
        {**ours, "command": json.loads(ours["command"])},
        {
            "name": theirs["Name"].removeprefix("/"),
            "state": state["Status"],
            "exit_code": state["ExitCode"],
            "created_at": utc(theirs["Created"]),
            "started_at": utc(state["StartedAt"]),
            "finished_at": utc(state["FinishedAt"]),
            "command": [theirs["Path"], *theirs["Args"]],
            "restart_policy": known(host["RestartPolicy"]["Name"]),
            "privileged": int(host["Privileged"]),
        },
    )


def _compare_details(comparison: Comparison, ours: Row, theirs: Record) -> None:
    state, config, host = theirs["State"], theirs["Config"], theirs["HostConfig"]
    comparison.fields_equal(
        f"container {ours['container_id']}",
        ours,
        {
            "driver": theirs["Driver"],
            "os": theirs["Platform"],
            "image_name": known(config["Image"]),
            "pid": known_number(state["Pid"]),
            "error": known(state["Error"]),
            "oom_killed": int(state["OOMKilled"]),
            "restart_count": theirs["RestartCount"],
            "hostname": known(config["Hostname"]),
            "user": known(config["User"]),
            "working_dir": known(config["WorkingDir"]),
            "network_mode": known(host["NetworkMode"]),
            "log_driver": known(host["LogConfig"]["Type"]),
            "runtime": known(host["Runtime"]),
            "auto_remove": int(host["AutoRemove"]),
            "read_only": int(host["ReadonlyRootfs"]),
            "memory_bytes": known_number(host["Memory"]),
            "nano_cpus": known_number(host["NanoCpus"]),
        },
    )


def _compare_attributes(comparison: Comparison, index: Index, answers: Answers) -> None:
    labels = _by_container(index.table("container_labels"))
    env = _by_container(index.table("container_env"))
    for container_id, container in answers.container_inspect.items():
        thing, config = f"container {container_id}", container["Config"]
        mine = {row["label"]: row["value"] for row in labels.pop(container_id, [])}
        comparison.equal(thing, "labels", mine, config["Labels"] or {})
        mine = {row["name"]: row["value"] for row in env.pop(container_id, [])}
        comparison.equal(thing, "env", mine, variables(config["Env"]))
    comparison.same_things("container with labels", labels, ())
    comparison.same_things("container with variables", env, ())


def _compare_ports(comparison: Comparison, index: Index, answers: Answers) -> None:
    ports = _by_container(index.table("container_ports"))
    for container_id, container in answers.container_inspect.items():
        rows = ports.pop(container_id, [])
        exposed = sorted((port, None, None) for port in container["Config"].get("ExposedPorts", ()))
        sources = {
            "exposed": exposed,
            "requested": _bindings(container["HostConfig"]["PortBindings"]),
            "published": [
                binding
                for binding in _bindings(container["NetworkSettings"]["Ports"])
                if binding[2] is not None
            ],
        }
        for source, theirs in sources.items():
            mine = [
                (row["port"], row["host_ip"], row["host_port"])
                for row in rows
                if row["source"] == source
            ]
            thing = f"container {container_id}"
            comparison.equal(thing, f"{source} ports", sorted(mine, key=str), theirs)
    comparison.same_things("container with ports", ports, ())


def _bindings(ports: Record | None) -> list[tuple[Any, ...]]:
    """Give each port with its host address, and each that has none without."""
    found = [
        (port, known(binding["HostIp"]), known(binding["HostPort"]))
        for port, bindings in (ports or {}).items()
        for binding in bindings or [{"HostIp": "", "HostPort": ""}]
    ]
    return sorted(found, key=str)


def _compare_networks(comparison: Comparison, index: Index, answers: Answers) -> None:
    networks = _by_container(index.table("container_networks"))
    for container_id, container in answers.container_inspect.items():
        ours = {row["network"]: row for row in networks.pop(container_id, [])}
        theirs = container["NetworkSettings"]["Networks"]
        for name in comparison.same_things(f"network of container {container_id}", ours, theirs):
            endpoint = theirs[name]
            if _is_forgotten(container, endpoint):
                endpoint = _written_endpoint(index, container_id, name)
            comparison.fields_equal(
                f"network {name} of container {container_id}",
                ours[name],
                {
                    "network_id": known(endpoint["NetworkID"]),
                    "endpoint_id": known(endpoint["EndpointID"]),
                    "ip_address": known(endpoint["IPAddress"]),
                    "ipv6_address": known(endpoint["GlobalIPv6Address"]),
                    "mac_address": known(endpoint["MacAddress"]),
                },
            )
    comparison.same_things("container with networks", networks, ())


def _is_forgotten(container: Record, endpoint: Record) -> bool:
    """Whether the endpoint is of a start that failed: the engine drops it in memory only."""
    state = container["State"]
    return bool(state["Error"]) and not state["Running"] and not endpoint["EndpointID"]


def _written_endpoint(index: Index, container_id: str, network: str) -> Record:
    """Give the endpoint that the engine wrote down, and tells of again from its next start on."""
    endpoint: Record = _written(index, container_id)["NetworkSettings"]["Networks"][network]
    return endpoint


def _health(index: Index, container: Record) -> str | None:
    """Give the health, after a probe the one on the disk: its result is in memory only."""
    health = container["State"].get("Health")
    if health and health["Log"]:
        health = _written(index, container["Id"])["State"]["Health"]
    return health["Status"] if health else None


def _written(index: Index, container_id: str) -> Record:
    """Give the config of a container as it is on the disk."""
    path = index.root / "containers" / container_id / "config.v2.json"
    config: Record = json.loads(path.read_text())
    return config


def _compare_mounts(comparison: Comparison, index: Index, answers: Answers) -> None:
    users = index.query("mount-users")
    shown = {(row["container_id"], row["destination"]): row for row in users}
    rows = index.table("container_mounts")
    ours = {(row["container_id"], row["destination"]): row for row in rows}
    keys = ((row["container_id"], row["destination"]) for row in users)
    both = comparison.same_things("mount in mount-users", keys, ours)
    theirs = {
        (container_id, mount["Destination"]): mount
        for container_id, container in answers.container_inspect.items()
        for mount in container["Mounts"]
    }
    for key in comparison.same_things("mount", both, theirs):
        container_id, destination = key
        mount, container = theirs[key], answers.container_inspect[container_id]
        thing = f"mount {destination} of container {container_id}"
        comparison.fields_equal(
            thing,
            {**shown[key], "volume_driver": ours[key]["driver"]},
            {
                "container_name": container["Name"].removeprefix("/"),
                "type": mount["Type"],
                "source": known(mount["Source"]),
                "rw": int(mount["RW"]),
                "volume": mount.get("Name"),
                "volume_driver": mount.get("Driver"),
                "state": container["State"]["Status"],
                "privileged": int(container["HostConfig"]["Privileged"]),
            },
        )
        options = {"mode": known(mount["Mode"]), "propagation": known(mount["Propagation"])}
        comparison.fields_equal(thing, ours[key], options)


def _compare_stacks(
    comparison: Comparison, index: Index, answers: Answers, ours: dict[str, Row]
) -> None:
    """Compare the directories of each container, from its read-write layer down.

    Of the drivers here only overlay2 names them; of snapshots the files tell.
    """
    if answers.has_containerd_store:
        _compare_snapshots(comparison, index, answers, ours)
        return
    init_ids = {row["name"]: row["init_id"] for row in index.table("mounts")}
    layers = _by_container(index.sql(_STACK))
    both = comparison.same_things("read-write layer", init_ids, answers.container_inspect)
    for container_id in ours.keys() & set(both):
        container = answers.container_inspect[container_id]
        thing, data = f"container {container_id}", container.get("GraphDriver", {}).get("Data")
        if answers.driver != "overlay2":
            _compare_told_id(comparison, container_id, data)
            continue
        paths = [data["UpperDir"], *data["LowerDir"].split(":")]
        below = f"{answers.data_root}/overlay2/"
        theirs = [path.removeprefix(below).removesuffix("/diff") for path in paths]
        mine = [ours[container_id]["mount_id"], init_ids[container_id]]
        mine += [row["cache_id"] for row in layers.get(container_id, [])]
        comparison.equal(thing, "number of directories", len(mine), len(theirs))
        for cache_id, directory in zip(mine, theirs, strict=False):
            comparison.equal(thing, "directory", cache_id, directory)


def _compare_snapshots(
    comparison: Comparison, index: Index, answers: Answers, ours: dict[str, Row]
) -> None:
    """Compare the read-write and init snapshots, and which snapshot of a layer is below them."""
    files = snapshot_files(index.root, answers.driver)
    rows = {row["name"]: row for row in index.table("mounts")}
    for container_id in comparison.same_things(
        "read-write snapshot of container", rows.keys() & ours.keys(), answers.container_inspect
    ):
        init = files[f"{container_id}-init"]
        told = {
            "mount_id": files[container_id].snapshot_id,
            "init_id": init.snapshot_id,
            "parent_chain_id": init.parent,
        }
        thing, row = f"container {container_id}", rows[container_id]
        comparison.fields_equal(thing, row, told)
        comparison.equal(
            thing, "mount_id", ours[container_id]["mount_id"], files[container_id].snapshot_id
        )


def _compare_told_id(comparison: Comparison, container_id: str, data: Record | None) -> None:
    """Compare what newer engines tell of a driver without directories: the container's ID."""
    if data is not None:
        comparison.equal(
            f"container {container_id}", "graph driver data", {"ID": container_id}, data
        )


def _by_container(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["container_id"], []).append(row)
    return found
