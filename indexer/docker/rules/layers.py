"""Rules on `layerdb/sha256` and `layerdb/tmp`: image layers."""

from typing import Final

from indexer.docker.rules.rule import Rule

_LAYER: Final = "image/<driver>/layerdb/sha256/<chain>"

LAYERS: Final = (
    Rule(
        id="L1",
        slug="layer-name-not-digest",
        severity="warning",
        requirement="The folder of a layer is named by 64 lower-case hexadecimal digits.",
        consequence="The engine ignores the folder.",
        remedy="Stop the engine and move the folder out of the root if nothing of yours needs it.",
        path="image/<driver>/layerdb/sha256/<name>",
    ),
    Rule(
        id="L2",
        slug="layer-file-invalid",
        severity="error",
        requirement="`diff`, `size` and `cache-id` exist and are valid; `size` is a bare number.",
        consequence=(
            "The engine drops the layer and every image on it at its next start. Every pull, load "
            'or build of the layer then fails with "file exists" until the folder is repaired or '
            "removed."
        ),
        remedy=(
            "Stop the engine, restore the file or remove the folder of the layer, and pull the "
            "images again."
        ),
        path=f"{_LAYER}/diff, /size or /cache-id",
    ),
    Rule(
        id="L3",
        slug="chain-id-mismatch",
        severity="error",
        requirement=(
            "The folder of a layer is named by the chain ID that follows from its diff ID and its "
            "parent."
        ),
        consequence=(
            "Images on the layer do not contain what their IDs say, and `docker push` and `docker "
            "save` fail."
        ),
        remedy="Remove the images that use the layer and pull or build them again.",
        path=_LAYER,
        depth=1,
    ),
    Rule(
        id="L4",
        slug="parent-layer-missing",
        severity="error",
        requirement="The recorded parent of a layer is the chain ID of a layer that exists.",
        consequence="The engine drops the layer and every image on it at its next start.",
        remedy=(
            "Stop the engine, restore the parent or remove the folder of the layer, and pull the "
            "images again."
        ),
        path=f"{_LAYER}/parent",
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        id="L5",
        slug="layer-circle",
        severity="fatal",
        requirement="No layer is below itself.",
        consequence="The engine fills its memory while it starts.",
        remedy=(
            "Do not start the engine. Restore the file `parent` of the layer from a backup, or "
            "remove the folders of the layers in the circle and pull the images again."
        ),
        path=f"{_LAYER}/parent",
        how=("sql",),
    ),
    Rule(
        id="L6",
        slug="layer-directory-missing",
        severity="error",
        requirement="The directory of a layer exists in the folder of the graph driver.",
        consequence=(
            "Images on the layer are listed but cannot run, and pulling them again does not "
            "repair them."
        ),
        remedy=(
            "Restore the directory from a backup, or remove every image and container that uses "
            "the layer and then pull the images again."
        ),
        path="<driver>/<cache ID>",
        how=("sql",),
        live=True,
        limits="With zfs and devicemapper the files lie outside of the root.",
    ),
    Rule(
        id="L7",
        slug="cache-id-unsafe",
        severity="error",
        requirement="`cache-id` is one plain name without a path.",
        consequence="It points out of the folder of the driver, or to nothing.",
        remedy=(
            "Find out who changed the file. Stop the engine, restore it or remove the folder of "
            "the layer, and pull the images again."
        ),
        path=f"{_LAYER}/cache-id",
    ),
    Rule(
        id="L8",
        slug="directory-shared",
        severity="error",
        requirement="No two layers share a directory.",
        consequence="Removing one of the layers destroys the other.",
        remedy=(
            "Remove no image of either layer until both are backed up. Then remove the images of "
            "both and pull them again."
        ),
        path=f"{_LAYER}/cache-id",
        how=("sql",),
    ),
    Rule(
        id="L9",
        slug="tar-split-damaged",
        severity="error",
        requirement=(
            "`tar-split.json.gz` exists and contains gzipped JSON lines with positions in order."
        ),
        consequence="`docker push` and `docker save` fail for every image on the layer.",
        remedy=(
            "Remove the images that use the layer and pull them again. What was built here can "
            "still be kept with `docker export`."
        ),
        path=f"{_LAYER}/tar-split.json.gz",
        how=("reader", "deep"),
    ),
    Rule(
        id="L10",
        slug="layer-content-mismatch",
        severity="error",
        requirement="A layer that is put together again from its files has its diff ID as SHA-256.",
        consequence="The files are not those of the image; `docker push` and `docker save` fail.",
        remedy=(
            "Find out who changed the files, as containers run on them. Remove the images that "
            "use the layer and pull them again."
        ),
        path="<driver>/<cache ID>",
        how=("deep",),
        limits=(
            "This is checked only where the files are in the root: not with zfs and devicemapper."
        ),
    ),
    Rule(
        id="L11",
        slug="layer-unreferenced",
        severity="warning",
        requirement=(
            "Every layer is needed by an image, a read-write layer, the build cache or a layer on "
            "top of it."
        ),
        consequence="It takes space that no command shows or frees.",
        remedy=(
            "Pull the image that the layer came from and remove it again with `docker rmi`, which "
            "also removes the layer."
        ),
        path=_LAYER,
        how=("sql",),
        live=True,
        limits=(
            "A running pull or build may still need it: a layer that is younger than a running "
            "engine is info."
        ),
    ),
    Rule(
        id="L12",
        slug="removal-interrupted",
        severity="warning",
        requirement="No removal of a layer is older than the start of the engine.",
        consequence="It takes space until the engine is shut down properly.",
        remedy="Stop the engine properly and start it again.",
        path="image/<driver>/layerdb/sha256/<chain>-<random>-removing",
        limits=(
            "A removal that is younger than a running engine may still be under way and is info."
        ),
    ),
    Rule(
        id="L13",
        slug="write-interrupted",
        severity="warning",
        requirement="layerdb/tmp is empty while nothing is being pulled, built or loaded.",
        consequence="An interrupted write takes space, and so does its directory.",
        remedy=(
            "Stop the engine and remove the folder under layerdb/tmp; `dockidx query "
            "orphan-directories` shows the directory that belongs to it."
        ),
        path="image/<driver>/layerdb/tmp/<name>",
        limits="A write that is younger than a running engine may still be under way and is info.",
    ),
    Rule(
        id="L14",
        slug="descriptor-invalid",
        severity="error",
        requirement=(
            "`descriptor.json` is a JSON object where it exists, and it exists on Windows only."
        ),
        consequence=(
            "The engine drops the layer and every image on it at its next start. A valid file on "
            "another system is info."
        ),
        remedy="Stop the engine, restore or remove the file, and start it again.",
        path=f"{_LAYER}/descriptor.json",
    ),
    Rule(
        id="L15",
        slug="layer-algorithm-unknown",
        severity="warning",
        requirement="layerdb contains layers under sha256 only.",
        consequence="The engine loads none of the others.",
        remedy="Move the folder out of the root if nothing of yours needs it.",
        path="image/<driver>/layerdb/<algorithm>",
    ),
    Rule(
        id="L16",
        slug="layer-stack-mismatch",
        severity="error",
        requirement="The driver stacks the directory of a layer on the directory of its parent.",
        consequence="Containers see other files than the image describes.",
        remedy="Remove the images that use the layer and pull them again.",
        path="<driver>/<cache ID>/lower, or what the driver has in its place",
        how=("sql",),
        limits="Only overlay2, fuse-overlayfs, overlay, aufs and windowsfilter record it.",
        depth=1,
    ),
)
