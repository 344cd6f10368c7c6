"""Containers and volumes of each Docker root."""

from typing import Final

from sqlalchemy import Index

from indexer.schema.columns import flag, key, number, number_key, refers, table, text

containers: Final = table(
    "containers",
    "Containers, as config.v2.json and hostconfig.json have them.",
    key("root_id", "The Docker root."),
    key("container_id", "The container ID."),
    text("store_id", "Store of its driver; NULL where this root has none that is read."),
    text("name", "Name without the leading slash."),
    text("driver", "Graph driver or snapshotter."),
    text("engine_image_id", "ID of its image as the engine shows it."),
    text("image_id", "Config digest of its image; NULL where it is not known."),
    text("image_name", "Image as it was typed."),
    text("image_repository", "Full repository name in what was typed, if it is a name."),
    text("image_tag", "Tag in what was typed; latest where neither tag nor digest was."),
    text("image_digest", "Digest in what was typed."),
    text("os", "Operating system."),
    text("command", "Path and arguments as a JSON array."),
    text("state", "created, running, paused, restarting, exited, dead or removing."),
    number("exit_code", "Exit code of the last run."),
    number("pid", "Process ID while running."),
    text("error", "Error of the last start."),
    flag("oom_killed", "1 where the kernel killed it for memory.", nullable=False),
    text("health", "starting, healthy or unhealthy."),
    number("restart_count", "Times it was restarted by its policy."),
    text("created_at", "When it was created (UTC)."),
    text("started_at", "When it was last started (UTC); NULL for never."),
    text("finished_at", "When it last ended (UTC); NULL for never."),
    text("hostname", "Host name inside."),
    text("user", "User it runs as."),
    text("working_dir", "Working directory."),
    text("network_mode", "Network mode."),
    text("restart_policy", "Restart policy."),
    text("log_driver", "Log driver."),
    text("runtime", "OCI runtime."),
    flag("privileged", "1 where it has all of the host's rights.", nullable=False),
    flag("auto_remove", "1 where it is removed when it ends.", nullable=False),
    flag("read_only", "1 where its root file system is read-only.", nullable=False),
    number("memory_bytes", "Memory limit; NULL for none."),
    number("nano_cpus", "CPU limit in billionths; NULL for none."),
    number("log_bytes", "Length of its log files.", nullable=False),
    number("rw_bytes", "Size of its read-write layer; NULL where it was not measured."),
    text("first_seen_at", "When it was first seen (UTC).", nullable=False),
    text("manifest_digest", "Manifest of its image, with the containerd image store."),
    refers("root_id", "roots.root_id"),
    refers("store_id", "stores.store_id"),
    refers("image_id", "images.image_id"),
    Index(None, "store_id"),
    Index(None, "image_id"),
    Index(None, "container_id"),
    label="name",
    facets=("state", "driver", "privileged"),
)

container_labels: Final = table(
    "container_labels",
    "Labels of containers.",
    key("root_id", "The Docker root."),
    key("container_id", "The container."),
    key("label", "Name of the label."),
    text("value", "Value of the label.", nullable=False),
    refers("root_id container_id", "containers.root_id containers.container_id"),
    Index(None, "label"),
    label="label",
    facets=("label",),
)

container_env: Final = table(
    "container_env",
    "Environment variables of containers.",
    key("root_id", "The Docker root."),
    key("container_id", "The container."),
    key("name", "Name of the variable."),
    text("value", "Its value; NULL unless the sync was told --env-values."),
    refers("root_id container_id", "containers.root_id containers.container_id"),
    Index(None, "name"),
    label="name",
    facets=("name",),
)

container_ports: Final = table(
    "container_ports",
    "Ports of containers.",
    key("root_id", "The Docker root."),
    key("container_id", "The container."),
    number_key("position", "Counts the rows of a container."),
    text("port", "Port and protocol in the container, e.g. 80/tcp.", nullable=False),
    text("host_ip", "Address on the host."),
    text("host_port", "Port on the host."),
    text("source", "exposed, requested (hostconfig) or published (running).", nullable=False),
    refers("root_id container_id", "containers.root_id containers.container_id"),
    label="port",
    facets=("source",),
)

container_mounts: Final = table(
    "container_mounts",
    "What containers have mounted: volumes, folders of the host, tmpfs, images.",
    key("root_id", "The Docker root."),
    key("container_id", "The container."),
    key("destination", "Path in the container."),
    text("type", "bind, volume, tmpfs, image, npipe or cluster."),
    text("source", "Path on the host as the engine saw it."),
    text("name", "Name of the volume."),
    text("driver", "Driver of the volume."),
    text("mode", "Mode string, e.g. z or ro."),
    text("propagation", "Mount propagation."),
    flag("rw", "1 where it can be written.", nullable=False),
    text("mount_name", "Name of its read-write layer, where an image is mounted."),
    refers("root_id container_id", "containers.root_id containers.container_id"),
    Index(None, "root_id", "name"),
    Index(None, "source"),
    label="destination",
    facets=("type", "rw"),
)

container_networks: Final = table(
    "container_networks",
    "Networks that containers are joined to.",
    key("root_id", "The Docker root."),
    key("container_id", "The container."),
    key("network", "Name of the network."),
    text("network_id", "ID of the network."),
    text("endpoint_id", "ID of the endpoint."),
    text("ip_address", "IPv4 address."),
    text("ipv6_address", "IPv6 address."),
    text("mac_address", "MAC address."),
    refers("root_id container_id", "containers.root_id containers.container_id"),
    label="network",
    facets=("network",),
)

volumes: Final = table(
    "volumes",
    "Volumes.",
    key("root_id", "The Docker root."),
    key("name", "Name of the volume."),
    text("driver", "Volume driver, e.g. local.", nullable=False),
    flag("anonymous", "1 where the engine made up the name; NULL where only a label would tell."),
    number("size_bytes", "Size of its data; NULL where it was not measured."),
    text("first_seen_at", "When it was first seen (UTC).", nullable=False),
    refers("root_id", "roots.root_id"),
    label="name",
    facets=("driver", "anonymous"),
)

volume_labels: Final = table(
    "volume_labels",
    "Labels of volumes.",
    key("root_id", "The Docker root."),
    key("name", "The volume."),
    key("label", "Name of the label."),
    text("value", "Value of the label.", nullable=False),
    refers("root_id name", "volumes.root_id volumes.name"),
    label="label",
)

volume_options: Final = table(
    "volume_options",
    "Options that volumes were created with.",
    key("root_id", "The Docker root."),
    key("name", "The volume."),
    key("option", "Name of the option."),
    text("value", "Value of the option.", nullable=False),
    refers("root_id name", "volumes.root_id volumes.name"),
    label="option",
)
