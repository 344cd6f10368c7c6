"""Rules on `containers`."""

from typing import Final

from indexer.docker.rules.rule import Rule

_CONFIG: Final = "containers/<id>/config.v2.json"

CONTAINERS: Final = (
    Rule(
        "C1",
        "error",
        "A container's two files decode, and it has the ID that its folder is named by.",
        "The engine does not show it; its read-write layer, name and volumes are leaked.",
        f"{_CONFIG} or /hostconfig.json",
    ),
    Rule(
        "C2",
        "error",
        "A container's name begins with a slash, and no other one has it.",
        "The second of that name is not loaded and disappears from the list.",
        _CONFIG,
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        "C3",
        "warning",
        "A container's image is in the store of its driver.",
        "It runs, but `docker ps` shows an ID for the image, and it cannot be made again.",
        _CONFIG,
        how=("sql",),
        live=True,
    ),
    Rule(
        "C4",
        "error",
        "The store of a container's driver is in this root.",
        "The engine does not load the container.",
        _CONFIG,
        how=("sql",),
        limits="A driver that may be a snapshotter of containerd is not judged.",
    ),
    Rule(
        "C5",
        "error",
        "Every volume that a container has mounted is there.",
        "It starts with an empty volume in its place, or does not start.",
        "volumes/<name>",
        how=("sql",),
        live=True,
    ),
    Rule(
        "C6",
        "info",
        "No container runs while no engine does.",
        "The engine or the host went down without stopping it.",
        _CONFIG,
        how=("sql",),
    ),
    Rule(
        "C7",
        "warning",
        "No container is half removed.",
        "It is shown as dead and keeps what is left of it.",
        _CONFIG,
        how=("sql",),
        live=True,
    ),
    Rule(
        "C8",
        "warning",
        "LogPath is in the container's own folder.",
        "`docker logs` shows, and removing the container deletes, a file that is not its own.",
        _CONFIG,
    ),
    Rule(
        "C9",
        "warning",
        "hostconfig.json is there.",
        "Limits, binds and restart policy silently take their defaults.",
        "containers/<id>/hostconfig.json",
    ),
)
