"""Rules on `imagedb`: image configs and what is noted beside them."""

from typing import Final

from indexer.docker.rules.rule import Rule

_CONFIG: Final = "image/<driver>/imagedb/content/sha256/<image>"
_NOTES: Final = "image/<driver>/imagedb/metadata/sha256/<image>"

IMAGES: Final = (
    Rule(
        "I1",
        "warning",
        "A config is named by 64 lower-case hex digits.",
        "The engine ignores the file, which takes space.",
        _CONFIG,
    ),
    Rule(
        "I2",
        "error",
        "A config's SHA-256 is its name.",
        "The image is gone at the next start, and no command removes it.",
        _CONFIG,
        how=("reader", "deep"),
    ),
    Rule(
        "I3",
        "error",
        "A config is a JSON object with an object rootfs.",
        "The image is gone at the next start.",
        _CONFIG,
    ),
    Rule(
        "I4",
        "error",
        "Every layer of an image is in the layer store and can be loaded.",
        "The image is gone at the next start, and the layers it has left are leaked.",
        "image/<driver>/layerdb/sha256/<chain>, or the file in it that is no good",
        how=("sql",),
        live=True,
    ),
    Rule(
        "I5",
        "error",
        "Every diff ID of a config is a digest.",
        "The image cannot be loaded.",
        _CONFIG,
    ),
    Rule(
        "I6",
        "warning",
        "There are as many history entries that made a layer as there are layers.",
        "Commands cannot be matched to layers.",
        _CONFIG,
    ),
    Rule(
        "I7",
        "error",
        "The type of rootfs is layers.",
        "No engine of today can use the image.",
        _CONFIG,
    ),
    Rule(
        "I8",
        "error",
        "created is an RFC 3339 time.",
        "The config does not decode, so that the image is gone at the next start.",
        _CONFIG,
    ),
    Rule(
        "I9",
        "warning",
        "Operating system and architecture are named, and the system is that of the host.",
        "What is not named is taken to be the host's; an image of another system is not loaded, "
        "which is an error.",
        _CONFIG,
    ),
    Rule(
        "I10",
        "warning",
        "What is noted of an image belongs to an image that is there.",
        "Nothing removes the left-over.",
        _NOTES,
    ),
    Rule(
        "I11",
        "warning",
        "The noted parent is an image that is there.",
        "The parent is shown but unknown, and the classic builder does not find its cache.",
        f"{_NOTES}/parent",
        how=("reader", "sql"),
    ),
    Rule(
        "I12",
        "warning",
        "An image has the layers of its noted parent, and maybe more on top.",
        "The ancestry is wrong, and the classic builder may use the wrong cache.",
        f"{_NOTES}/parent",
        how=("sql",),
    ),
    Rule(
        "I13",
        "error",
        "No image is its own ancestor.",
        "None of them can be removed, as each has a dependent child.",
        f"{_NOTES}/parent",
        how=("sql",),
    ),
    Rule(
        "I14",
        "error",
        "lastUpdated is an RFC 3339 time.",
        "`docker image inspect` fails for the image.",
        f"{_NOTES}/lastUpdated",
    ),
    Rule(
        "I15",
        "info",
        "builtLocally is the one byte 1.",
        "Whether the image was built here is not known.",
        f"{_NOTES}/builtLocally",
    ),
    Rule(
        "I16",
        "error",
        "An image has 125 layers at most.",
        "Nothing can be built on it.",
        _CONFIG,
    ),
)
