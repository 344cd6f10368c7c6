"""Rules on the containerd image store."""

from typing import Final

from indexer.docker.rules.rule import Rule

_META: Final = "io.containerd.metadata.v1.bolt/meta.db"
_BLOB: Final = "io.containerd.content.v1.content/blobs/<algorithm>/<digest>"
_SNAPSHOT: Final = "io.containerd.snapshotter.v1.<name>/snapshots/<number>"

CONTAINERD: Final = (
    Rule(
        id="K1",
        slug="metadata-unreadable",
        severity="fatal",
        requirement="meta.db opens, and its version is 3 or newer.",
        consequence="containerd does not start.",
        remedy=(
            "Stop containerd and restore the file from a backup; without one, move the containerd "
            "root aside and pull the images again."
        ),
        path=_META,
    ),
    Rule(
        id="K2",
        slug="target-blob-missing",
        severity="error",
        requirement="The target of every image has an entry and a blob of its size.",
        consequence="The image is listed and cannot run.",
        remedy="Remove the image and pull it again.",
        path=_BLOB,
        depth=1,
    ),
    Rule(
        id="K3",
        slug="blob-digest-mismatch",
        severity="error",
        requirement="The SHA-256 of a blob is its name, and its size is that of its entry.",
        consequence="The image is not what its ID says.",
        remedy="Find out who changed the blob. Remove the images that use it and pull them again.",
        path=_BLOB,
        how=("reader", "deep"),
    ),
    Rule(
        id="K4",
        slug="manifest-incomplete",
        severity="error",
        requirement="A manifest that exists has its config, and its layers or their snapshot.",
        consequence=(
            "The image cannot run. If only packed layers are missing and the image is unpacked, "
            "it runs but cannot be pushed, which is a warning."
        ),
        remedy="Pull the image again; if nothing is transferred, remove it first.",
        path=_BLOB,
        depth=1,
    ),
    Rule(
        id="K5",
        slug="blob-entry-mismatch",
        severity="error",
        requirement="Every blob has an entry and every entry has a blob.",
        consequence=(
            "What needs the blob fails. A blob without an entry only takes space, which is a "
            "warning."
        ),
        remedy=(
            "Pull the image that needs the blob again. containerd removes a blob without an entry "
            "at its next garbage collection."
        ),
        path=_BLOB,
        how=("sql",),
        live=True,
    ),
    Rule(
        id="K6",
        slug="snapshot-directory-missing",
        severity="error",
        requirement="The snapshotter has every snapshot and its directory.",
        consequence="What is on top of the snapshot cannot start.",
        remedy=(
            "Remove the images and containers that use the snapshot, and pull or create them again."
        ),
        path=_SNAPSHOT,
    ),
    Rule(
        id="K7",
        slug="snapshot-directory-orphaned",
        severity="warning",
        requirement="The database of the snapshotter has every directory under `snapshots`.",
        consequence="The directory takes space until the next removal.",
        remedy="Remove any image: containerd then cleans up such directories.",
        path=_SNAPSHOT,
        how=("sql",),
        live=True,
    ),
    Rule(
        id="K8",
        slug="snapshot-parent-invalid",
        severity="error",
        requirement="Parents of snapshots exist, are committed, and form no circle.",
        consequence="What is on top of them cannot start.",
        remedy=(
            "Remove the images and containers that use the snapshot, and pull or create them again."
        ),
        path=_META,
        depth=1,
    ),
    Rule(
        id="K9",
        slug="container-snapshot-missing",
        severity="error",
        requirement="A container has a snapshot and a lease under its ID.",
        consequence="It cannot start; without the lease its files are collected as garbage.",
        remedy=(
            "If only the lease is missing, save the files of the container at once. Then create "
            "it again."
        ),
        path=_META,
        how=("sql",),
        live=True,
        depth=1,
    ),
    Rule(
        id="K10",
        slug="dangling-name-mismatch",
        severity="info",
        requirement="A dangling image is named after its target, which has no other name.",
        consequence="The image is listed twice.",
        remedy="Remove the dangling name with `docker rmi`.",
        path=_META,
    ),
    Rule(
        id="K11",
        slug="content-unreferenced",
        severity="warning",
        requirement=(
            "Every blob and snapshot is reachable from something besides a lease with an end, and "
            "no download or lease is out of date."
        ),
        consequence=(
            "They take space until they are collected, or until the lease ends, which is info."
        ),
        remedy=(
            "Remove any image or restart containerd: the next garbage collection frees what no "
            "lease holds."
        ),
        path=_BLOB,
        how=("sql",),
        live=True,
    ),
    Rule(
        id="K12",
        slug="image-name-malformed",
        severity="warning",
        requirement="The name of an image is a full reference or has one of the other known forms.",
        consequence="It is shown as it is and is hard to remove.",
        remedy="Remove it with `ctr -n moby images rm` and the full name.",
        path=_META,
    ),
)
