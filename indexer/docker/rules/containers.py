"""Rules on `containers`."""

from typing import Final

from indexer.docker.rules.rule import Rule

_CONFIG: Final = "containers/<id>/config.v2.json"

CONTAINERS: Final = (
    Rule(
        id="C1",
        slug="container-config-invalid",
        severity="error",
        requirement="The two files of a container decode, and its ID is the name of its folder.",
        consequence=(
            "The engine does not show the container; its read-write layer, name and volumes are "
            "leaked."
        ),
        remedy=(
            "Stop the engine and restore the file from a backup. Otherwise save the files of the "
            "container from its directory and create it again."
        ),
        path=f"{_CONFIG} or /hostconfig.json",
    ),
    Rule(
        id="C2",
        slug="container-name-conflict",
        severity="error",
        requirement="The name of a container begins with a slash, and no other container has it.",
        consequence="The second container of that name is not loaded and disappears from the list.",
        remedy=(
            "Rename or remove the one that is listed with `docker rename` or `docker rm`, and "
            "restart the engine."
        ),
        path=_CONFIG,
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        id="C3",
        slug="container-image-missing",
        severity="warning",
        requirement="The image of a container is in the store of its driver.",
        consequence=(
            "The container runs, but `docker ps` shows an ID for the image, and it cannot be "
            "created again."
        ),
        remedy="Pull or build the image again before you replace the container.",
        path=_CONFIG,
        how=("sql",),
        live=True,
        depth=2,
    ),
    Rule(
        id="C4",
        slug="container-store-missing",
        severity="error",
        requirement="The store of the driver of a container is in this root.",
        consequence="The engine does not load the container.",
        remedy=(
            "Start the engine with the driver that the container was made with, or create the "
            "container again."
        ),
        path=_CONFIG,
        how=("sql",),
        limits="A driver that may be a snapshotter of containerd is not checked.",
    ),
    Rule(
        id="C5",
        slug="container-volume-missing",
        severity="error",
        requirement="Every volume that a container mounts exists.",
        consequence="The container starts with an empty volume in its place, or does not start.",
        remedy="Restore the volume from a backup before you start the container.",
        path="volumes/<name>",
        how=("sql",),
        live=True,
    ),
    Rule(
        id="C6",
        slug="running-without-engine",
        severity="info",
        requirement="No container is recorded as running while no engine runs.",
        consequence="The engine or the host went down without stopping it.",
        remedy="Nothing needs to be done; the engine corrects it when it starts.",
        path=_CONFIG,
        how=("sql",),
    ),
    Rule(
        id="C7",
        slug="container-half-removed",
        severity="warning",
        requirement="No container is half removed.",
        consequence="It is shown as dead and keeps what is left of it.",
        remedy=(
            "Run `docker rm -f` for it again; if that fails, its message names the mount or file "
            "that is in use."
        ),
        path=_CONFIG,
        how=("sql",),
        live=True,
    ),
    Rule(
        id="C8",
        slug="log-path-outside",
        severity="warning",
        requirement="`LogPath` is in the folder of the container itself.",
        consequence=(
            "`docker logs` shows a file that does not belong to the container, and removing the "
            "container deletes that file."
        ),
        remedy=(
            "Find out who changed the config, and do not remove the container before `LogPath` is "
            "corrected while the engine is stopped."
        ),
        path=_CONFIG,
    ),
    Rule(
        id="C9",
        slug="hostconfig-missing",
        severity="warning",
        requirement="hostconfig.json exists.",
        consequence="Limits, bind mounts and the restart policy silently take their defaults.",
        remedy=(
            "Create the container again with its options, or restore the file from a backup while "
            "the engine is stopped."
        ),
        path="containers/<id>/hostconfig.json",
    ),
)
