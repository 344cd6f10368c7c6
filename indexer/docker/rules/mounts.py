"""Rules on `layerdb/mounts`: read-write layers."""

from typing import Final

from indexer.docker.rules.rule import Rule

_MOUNT: Final = "image/<driver>/layerdb/mounts/<name>"

MOUNTS: Final = (
    Rule(
        id="M1",
        slug="read-write-layer-missing",
        severity="error",
        requirement="Every container has a read-write layer with a valid `mount-id`.",
        consequence="The container is listed but cannot start, and what it wrote is out of reach.",
        remedy=(
            "Find the directory with `dockidx query orphan-directories`, save what you need from "
            "it, and create the container again."
        ),
        path=f"{_MOUNT}/mount-id",
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        id="M2",
        slug="mount-directory-missing",
        severity="error",
        requirement="The directories that `mount-id` and `init-id` name exist.",
        consequence="The container is listed but cannot start.",
        remedy=(
            "Restore the directory from a backup, or remove the container and create it again; "
            "what it wrote is lost."
        ),
        path="<driver>/<mount ID>",
        how=("sql",),
        live=True,
    ),
    Rule(
        id="M3",
        slug="init-id-mismatch",
        severity="warning",
        requirement=(
            "`init-id` is `mount-id` followed by `-init`, and the read-write layer of every "
            "container has one."
        ),
        consequence="Files of the container such as /etc/hosts may lie on the wrong layer.",
        remedy="Create the container again.",
        path=f"{_MOUNT}/init-id",
        how=("sql",),
        limits="There is none on Windows.",
    ),
    Rule(
        id="M4",
        slug="mount-parent-mismatch",
        severity="error",
        requirement="`parent` is the top layer of the image of the container.",
        consequence=(
            "If that layer does not exist, the container cannot start. If it is another layer, "
            "the container runs on other files than its image has, which is a warning."
        ),
        remedy="Save what the container wrote and create it again from its image.",
        path=f"{_MOUNT}/parent",
        how=("reader", "sql"),
        depth=1,
    ),
    Rule(
        id="M5",
        slug="read-write-layer-unreferenced",
        severity="warning",
        requirement=(
            "Every read-write layer belongs to a container, a mount of an image or a build."
        ),
        consequence="Nothing removes it.",
        remedy=(
            "If no build is running, stop the engine and remove the folder together with the "
            "directories that it names."
        ),
        path=_MOUNT,
        how=("sql",),
        live=True,
        limits=(
            "Only the engine knows which builds are running: a layer that is younger than a "
            "running engine is info."
        ),
    ),
    Rule(
        id="M6",
        slug="read-write-layer-nested",
        severity="warning",
        requirement="Every read-write layer lies directly in the folder `mounts`.",
        consequence="The engine does not find it at its next start, and nothing removes it.",
        remedy=(
            "Remove the container that mounts the image before the engine restarts. Engines from "
            "29.2 on no longer make such folders."
        ),
        path=f"{_MOUNT}/<name>",
        how=("sql",),
    ),
)
