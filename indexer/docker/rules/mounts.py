"""Rules on `layerdb/mounts`: read-write layers."""

from typing import Final

from indexer.docker.rules.rule import Rule

_MOUNT: Final = "image/<driver>/layerdb/mounts/<name>"

MOUNTS: Final = (
    Rule(
        "M1",
        "error",
        "A container has a read-write layer with a valid mount-id.",
        "The container is listed but cannot start, and what it wrote is out of reach.",
        f"{_MOUNT}/mount-id",
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        "M2",
        "error",
        "The directories that mount-id and init-id name are there.",
        "The container is listed but cannot start.",
        "<driver>/<mount ID>",
        how=("sql",),
        live=True,
    ),
    Rule(
        "M3",
        "warning",
        "init-id is mount-id with -init; a container's read-write layer has one.",
        "Files of the container such as /etc/hosts may lie on the wrong layer.",
        f"{_MOUNT}/init-id",
        how=("sql",),
        limits="Windows has none.",
    ),
    Rule(
        "M4",
        "error",
        "parent is the top layer of the container's image.",
        "Where the layer is not there the container cannot start; where it is another one the "
        "container runs on other files than its image has, which is a warning.",
        f"{_MOUNT}/parent",
        how=("reader", "sql"),
    ),
    Rule(
        "M5",
        "warning",
        "A read-write layer belongs to a container, an image mount or a build.",
        "Nothing removes it.",
        _MOUNT,
        how=("sql",),
        live=True,
        limits="Which builds go on only the engine knows: one that is younger than a running "
        "engine is info.",
    ),
    Rule(
        "M6",
        "warning",
        "No read-write layer lies deeper than the others.",
        "The engine does not find it at its next start, and nothing removes it.",
        f"{_MOUNT}/<name>",
        how=("sql",),
    ),
)
