"""Rules on the root as a whole, and on what can be read of it."""

from typing import Final

from indexer.docker.rules.rule import Rule

GENERAL: Final = (
    Rule(
        id="T1",
        slug="temporary-left-behind",
        severity="warning",
        requirement="No temporary file or folder is older than an hour.",
        consequence=(
            "A write was interrupted, and nothing removes what is left of it. A younger one is "
            "info."
        ),
        remedy="Stop the engine and remove it.",
        path="the temporary",
    ),
    Rule(
        id="S1",
        slug="unsafe-file",
        severity="error",
        requirement=(
            "Files are regular files, folders are folders, and only their owner can write to them."
        ),
        consequence="Whoever put it there can make the engine read or change whatever they like.",
        remedy=(
            "Find out who put it there, then restore the file from a trusted copy and take the "
            "write permission away from others."
        ),
        path="the file or folder",
        how=("reader", "deep"),
    ),
    Rule(
        id="X1",
        slug="several-stores",
        severity="info",
        requirement="A root contains one image store, and each image once.",
        consequence="Images seem to have disappeared after an upgrade but still take space.",
        remedy=(
            "`dockidx query hidden-images` lists them. Switch the engine back to the other store "
            "to use or remove them."
        ),
        path="image/<driver>, or io.containerd.metadata.v1.bolt/meta.db",
        how=("sql",),
    ),
    Rule(
        id="U1",
        slug="access-denied",
        severity="warning",
        requirement="Everything can be read with the rights of this process.",
        consequence="What is denied is not indexed, and rules about it are not decided.",
        remedy="Run the sync with sudo, or as the user who owns the root.",
        path="the file or folder",
    ),
    Rule(
        id="U2",
        slug="read-failed",
        severity="error",
        requirement="The file system reads every file, and no file is far too large.",
        consequence="The engine cannot read it either, or would run out of memory.",
        remedy="Check the disk and its file system, and restore the file from a backup.",
        path="the file or folder",
    ),
    Rule(
        id="U3",
        slug="layers-outside-root",
        severity="info",
        requirement="The files of layers are in the root.",
        consequence="Those of zfs are not, so it is unknown whose they are.",
        remedy="Nothing needs to be done; `zfs list` shows them.",
        path="zfs",
    ),
    Rule(
        id="U4",
        slug="top-link-not-followed",
        severity="warning",
        requirement=(
            "Folders directly under the root are folders, or links that a sync was told to follow."
        ),
        consequence=(
            "An engine follows such a link. This program does not, so everything that depends on "
            "the folder is unknown."
        ),
        remedy="If you trust the link, sync again with `--follow-top-links`.",
        path="the link",
    ),
    Rule(
        id="U5",
        slug="part-missing",
        severity="error",
        requirement="A folder exists if other parts name its contents.",
        consequence=(
            "What was in it was lost or not copied; everything that depends on it is unknown."
        ),
        remedy=(
            "If this is a copy, copy the folder too and sync again; otherwise restore it from a "
            "backup."
        ),
        path="containers, volumes, or a folder of image/<driver>",
        live=True,
    ),
)
