"""Rules on `imagedb`: image configs and what is noted beside them."""

from typing import Final

from indexer.docker.rules.rule import Rule

_CONFIG: Final = "image/<driver>/imagedb/content/sha256/<image>"
_NOTES: Final = "image/<driver>/imagedb/metadata/sha256/<image>"

IMAGES: Final = (
    Rule(
        id="I1",
        slug="config-name-not-digest",
        severity="warning",
        requirement="The name of a config is 64 lower-case hexadecimal digits.",
        consequence="The engine ignores the file, which takes space.",
        remedy="Move the file out of the root if nothing of yours needs it.",
        path=_CONFIG,
    ),
    Rule(
        id="I2",
        slug="config-digest-mismatch",
        severity="error",
        requirement="The SHA-256 of a config is its name.",
        consequence=(
            "The engine drops the image at its next start, and no command removes the file."
        ),
        remedy="Pull, load or build the image again.",
        path=_CONFIG,
        how=("reader", "deep"),
    ),
    Rule(
        id="I3",
        slug="config-not-json-object",
        severity="error",
        requirement="A config is a JSON object that contains an object `rootfs`.",
        consequence="The engine drops the image at its next start.",
        remedy="Pull, load or build the image again.",
        path=_CONFIG,
    ),
    Rule(
        id="I4",
        slug="image-layer-missing",
        severity="error",
        requirement="Every layer of an image is in the layer store and can be loaded.",
        consequence=(
            "The engine drops the image at its next start, and the layers that are left of it are "
            "leaked."
        ),
        remedy=(
            'Pull or load the image again. If that fails with "file exists", first repair or '
            "remove the folder of the damaged layer while the engine is stopped."
        ),
        path="image/<driver>/layerdb/sha256/<chain>, or the file in it that is no good",
        how=("sql",),
        live=True,
        depth=1,
    ),
    Rule(
        id="I5",
        slug="diff-id-not-digest",
        severity="error",
        requirement="Every diff ID in a config is a digest.",
        consequence="The image cannot be loaded.",
        remedy="Pull or build the image again, or ask whoever made it for a sound one.",
        path=_CONFIG,
    ),
    Rule(
        id="I6",
        slug="history-count-mismatch",
        severity="warning",
        requirement="The history has as many entries that made a layer as the image has layers.",
        consequence="Commands cannot be matched to layers.",
        remedy=(
            "Nothing needs to be done; the image runs. The tool that built it wrote the history "
            "wrongly."
        ),
        path=_CONFIG,
    ),
    Rule(
        id="I7",
        slug="rootfs-type-unknown",
        severity="error",
        requirement="The type of `rootfs` is `layers`.",
        consequence="No current engine can use the image.",
        remedy="Build the image again with a current tool.",
        path=_CONFIG,
    ),
    Rule(
        id="I8",
        slug="created-not-time",
        severity="error",
        requirement="`created` is a time as in RFC 3339.",
        consequence="The config does not decode, so the engine drops the image at its next start.",
        remedy="Build the image again with a tool that writes a valid time.",
        path=_CONFIG,
    ),
    Rule(
        id="I9",
        slug="platform-mismatch",
        severity="warning",
        requirement=(
            "An image names its operating system and architecture, and the system is that of the "
            "host."
        ),
        consequence=(
            "What is not named is assumed to be the host's. An image for another system is not "
            "loaded, which is an error."
        ),
        remedy="Pull the image for the platform of this host with `docker pull --platform`.",
        path=_CONFIG,
    ),
    Rule(
        id="I10",
        slug="metadata-without-image",
        severity="warning",
        requirement="The metadata of an image belongs to an image that exists.",
        consequence="Nothing removes the metadata that is left.",
        remedy="It takes little space; stop the engine and remove the folder if you want it gone.",
        path=_NOTES,
    ),
    Rule(
        id="I11",
        slug="parent-image-missing",
        severity="warning",
        requirement="The recorded parent is an image that exists.",
        consequence=(
            "The parent is shown but unknown, and the classic builder does not find its cache."
        ),
        remedy="Nothing needs to be done; build the image again if you want the cache back.",
        path=f"{_NOTES}/parent",
        how=("reader", "sql"),
    ),
    Rule(
        id="I12",
        slug="parent-layers-mismatch",
        severity="warning",
        requirement="An image has the layers of its recorded parent, with or without more on top.",
        consequence="The ancestry is wrong, and the classic builder may use the wrong cache.",
        remedy="Build the image again with `--no-cache`.",
        path=f"{_NOTES}/parent",
        how=("sql",),
    ),
    Rule(
        id="I13",
        slug="image-ancestry-circle",
        severity="error",
        requirement="No image is its own ancestor.",
        consequence="None of these images can be removed, because each has a dependent child.",
        remedy="Stop the engine and remove the file `parent` of one of the images.",
        path=f"{_NOTES}/parent",
        how=("sql",),
    ),
    Rule(
        id="I14",
        slug="last-updated-not-time",
        severity="error",
        requirement="`lastUpdated` is a time as in RFC 3339.",
        consequence="`docker image inspect` fails for the image.",
        remedy="Tag the image again with `docker tag`, which writes the file anew.",
        path=f"{_NOTES}/lastUpdated",
    ),
    Rule(
        id="I15",
        slug="built-locally-invalid",
        severity="info",
        requirement="`builtLocally` is the single byte `1`.",
        consequence="Whether the image was built on this host is unknown.",
        remedy="Nothing needs to be done.",
        path=f"{_NOTES}/builtLocally",
    ),
    Rule(
        id="I16",
        slug="too-many-layers",
        severity="error",
        requirement="An image has at most 125 layers.",
        consequence="Nothing can be built on top of it.",
        remedy=(
            "Rebuild the image with fewer layers, or flatten a container of it with `docker "
            "export` and `docker import`."
        ),
        path=_CONFIG,
    ),
)
