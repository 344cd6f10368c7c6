"""Rules on the directories of graph drivers."""

from typing import Final

from indexer.docker.rules.rule import Rule

_DIRECTORY: Final = "<driver>/<directory>"

DRIVERS: Final = (
    Rule(
        id="G1",
        slug="directory-orphaned",
        severity="warning",
        requirement=(
            "Every directory is named by a layer, a read-write layer, a removal, a write under "
            "way or the build cache."
        ),
        consequence="It takes space that no command of Docker frees.",
        remedy=(
            "Check it with `dockidx query directory-owner`. If it is certain, stop the engine and "
            "remove the directory."
        ),
        path=_DIRECTORY,
        how=("sql",),
        live=True,
        limits=(
            "With zfs the files lie outside of the root. What a running engine may be making "
            "right now is info."
        ),
    ),
    Rule(
        id="G2",
        slug="directory-incomplete",
        severity="error",
        requirement=(
            "A directory contains what its driver mounts: `diff` and `link`, or what its driver "
            "has instead."
        ),
        consequence="Neither the directory nor anything on top of it can be mounted.",
        remedy=(
            "Restore it from a backup, or remove the images and containers that use it and pull "
            "or create them again."
        ),
        path=f"{_DIRECTORY}/diff or /link",
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        id="G3",
        slug="short-link-broken",
        severity="error",
        requirement=(
            "`link` contains a short name that no other directory has, and `l/` has a link of "
            "that name back to the directory."
        ),
        consequence=(
            'What is on top of the directory cannot be mounted: "no such file or directory".'
        ),
        remedy=(
            "Stop the engine and make the link again, from `l/<short name>` to "
            "`../<directory>/diff`; or remove the images that use the directory and pull them "
            "again."
        ),
        path=f"<driver>/l/<link> or {_DIRECTORY}/link",
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        id="G4",
        slug="lower-invalid",
        severity="error",
        requirement="`lower` names directories that exist, at most 128 of them, and each once.",
        consequence="The directory cannot be mounted.",
        remedy=(
            "Restore the file, or remove the images and containers that use the directory and "
            "pull or create them again."
        ),
        path=f"{_DIRECTORY}/lower",
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        id="G5",
        slug="lower-mismatch",
        severity="error",
        requirement=(
            "`lower` is the short name of the directory directly below, followed by the `lower` "
            "of that directory."
        ),
        consequence="The directory shows other files than its layers have.",
        remedy=(
            "Remove the images and containers that use the directory and pull or create them again."
        ),
        path=f"{_DIRECTORY}/lower",
        how=("sql",),
        live=True,
        depth=1,
    ),
    Rule(
        id="G6",
        slug="short-link-unclaimed",
        severity="info",
        requirement="Every short link leads to a directory that claims it.",
        consequence="Nothing breaks.",
        remedy="Nothing needs to be done; the link is a few bytes.",
        path="<driver>/l/<link>",
        how=("sql",),
    ),
    Rule(
        id="G7",
        slug="committed-marker-wrong",
        severity="info",
        requirement=(
            "`committed` is in every directory that another one is on top of, and in no directory "
            "of a container."
        ),
        consequence=(
            "Nothing breaks where it is missing. A container that has it is mounted read-only, "
            "which is an error."
        ),
        remedy=(
            "For a container, stop the engine and remove the file; otherwise nothing needs to be "
            "done."
        ),
        path=f"{_DIRECTORY}/committed",
        how=("sql",),
        limits="Engines before 20.10 did not write it.",
    ),
    Rule(
        id="G8",
        slug="merged-left-behind",
        severity="warning",
        requirement="`merged` exists only in directories of containers that run.",
        consequence="A mount was left behind, which may keep the directory from being removed.",
        remedy=(
            "Restart the engine; if the folder is still there, unmount it and remove it while it "
            "is empty."
        ),
        path=f"{_DIRECTORY}/merged",
        how=("sql",),
        live=True,
        limits="A running engine also mounts for builds and copies: then it is info.",
    ),
    Rule(
        id="G9",
        slug="driver-without-store",
        severity="warning",
        requirement="A folder of a driver that contains anything has a folder image/<driver>.",
        consequence="Everything in it is out of reach, and no command of Docker frees its space.",
        remedy=(
            "If image/<driver> was lost, restore it from a backup. If the driver is no longer "
            "used, stop the engine and remove its folder."
        ),
        path="<driver>",
        how=("sql",),
        limits="It is an error where the root has no other store.",
    ),
)
