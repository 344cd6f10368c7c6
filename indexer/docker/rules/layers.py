"""Rules on `layerdb/sha256` and `layerdb/tmp`: image layers."""

from typing import Final

from indexer.docker.rules.rule import Rule

_LAYER: Final = "image/<driver>/layerdb/sha256/<chain>"

LAYERS: Final = (
    Rule(
        "L1",
        "warning",
        "A layer's folder is named by 64 lower-case hex digits.",
        "The engine ignores it.",
        "image/<driver>/layerdb/sha256/<name>",
    ),
    Rule(
        "L2",
        "error",
        "diff, size and cache-id are there and valid, size as a bare number.",
        "The layer and every image on it are gone at the next start, and every pull, load or build "
        "of the layer fails with 'file exists' until the folder is mended or removed.",
        f"{_LAYER}/diff, /size or /cache-id",
    ),
    Rule(
        "L3",
        "error",
        "A layer's folder is named by the chain ID that its diff and parent make.",
        "Images on it do not hold what their IDs say, and `docker push` and `docker save` fail.",
        _LAYER,
    ),
    Rule(
        "L4",
        "error",
        "parent, where there is one, is the chain ID of a layer that is there.",
        "The layer and every image on it are gone at the next start.",
        f"{_LAYER}/parent",
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        "L5",
        "fatal",
        "No layer is below itself.",
        "The engine fills its memory while it starts.",
        f"{_LAYER}/parent",
        how=("sql",),
    ),
    Rule(
        "L6",
        "error",
        "A layer's directory of the graph driver is there.",
        "Images on it are listed but cannot run, and pulling them again does not mend them.",
        "<driver>/<cache ID>",
        how=("sql",),
        live=True,
        limits="With zfs and devicemapper the files lie outside of the root.",
    ),
    Rule(
        "L7",
        "error",
        "cache-id is one safe name.",
        "It leads out of the driver's folder, or nowhere.",
        f"{_LAYER}/cache-id",
    ),
    Rule(
        "L8",
        "error",
        "No two layers share a directory.",
        "Removing one destroys the other.",
        f"{_LAYER}/cache-id",
        how=("sql",),
    ),
    Rule(
        "L9",
        "error",
        "tar-split.json.gz is there and is gzipped JSON lines with positions in order.",
        "`docker push` and `docker save` fail for every image on the layer.",
        f"{_LAYER}/tar-split.json.gz",
        how=("reader", "deep"),
    ),
    Rule(
        "L10",
        "error",
        "A layer put together again from its files has the diff ID as its SHA-256.",
        "The files are not those of the image; `docker push` and `docker save` fail.",
        "<driver>/<cache ID>",
        how=("deep",),
        limits="Only where the files are in the root: not with zfs and devicemapper.",
    ),
    Rule(
        "L11",
        "warning",
        "A layer is needed by an image, a read-write layer, the build cache or a layer on top.",
        "It takes space that no command shows or frees.",
        _LAYER,
        how=("sql",),
        live=True,
        limits="A pull or build that goes on may need it: what is younger than a running engine "
        "is info.",
    ),
    Rule(
        "L12",
        "warning",
        "No removal of a layer is older than the engine's start.",
        "It takes space until the engine is shut down in order.",
        "image/<driver>/layerdb/sha256/<chain>-<random>-removing",
        limits="One that is younger than a running engine may go on and is info.",
    ),
    Rule(
        "L13",
        "warning",
        "layerdb/tmp is empty while nothing is pulled, built or loaded.",
        "A crashed write takes space, and so does its directory.",
        "image/<driver>/layerdb/tmp/<name>",
        limits="A write that is younger than a running engine may go on and is info.",
    ),
    Rule(
        "L14",
        "error",
        "descriptor.json, where there is one, is a JSON object, and only Windows has any.",
        "The layer and every image on it are gone at the next start; a sound one on another "
        "system is info.",
        f"{_LAYER}/descriptor.json",
    ),
    Rule(
        "L15",
        "warning",
        "layerdb has layers under sha256 only.",
        "The engine loads none of the others.",
        "image/<driver>/layerdb/<algorithm>",
    ),
    Rule(
        "L16",
        "error",
        "The driver has a layer on the directory of the layer below.",
        "Containers see other files than the image describes.",
        "<driver>/<cache ID>/lower, or what the driver has in its place",
        how=("sql",),
        limits="Only overlay2, fuse-overlayfs, overlay, aufs and windowsfilter note it.",
    ),
)
