"""Rules on the root as a whole, and on what can be read of it."""

from typing import Final

from indexer.docker.rules.rule import Rule

GENERAL: Final = (
    Rule(
        "T1",
        "warning",
        "No temporary is older than an hour.",
        "A write was cut short, and nothing removes what is left of it; a young one is info.",
        "the temporary",
    ),
    Rule(
        "S1",
        "error",
        "Files are regular files, folders are folders, and only their owner can write them.",
        "Whoever put it there can have the engine read or change what they like.",
        "the file or folder",
        how=("reader", "deep"),
    ),
    Rule(
        "X1",
        "info",
        "A root holds one image store, and each image once.",
        "Images seem to have disappeared after an upgrade, and take space nonetheless.",
        "image/<driver>, or io.containerd.metadata.v1.bolt/meta.db",
        how=("sql",),
    ),
    Rule(
        "U1",
        "warning",
        "Everything may be read.",
        "What is denied is not indexed, and rules on it are not decided.",
        "the file or folder",
    ),
    Rule(
        "U2",
        "error",
        "The file system reads everything, and no file is far too large.",
        "The engine cannot read it either, or would run out of memory.",
        "the file or folder",
    ),
    Rule(
        "U3",
        "info",
        "Files of layers lie in the root.",
        "Those of zfs do not, and whose they are cannot be told.",
        "zfs",
    ),
    Rule(
        "U4",
        "warning",
        "Folders directly under the root are folders, or links that a sync was told to follow.",
        "An engine follows such a link; here it is not, and what follows from it is unknown.",
        "the link",
    ),
    Rule(
        "U5",
        "error",
        "What other parts name the contents of is there.",
        "What was in it is lost or was not copied; all that follows from it is unknown.",
        "containers, volumes, or a folder of image/<driver>",
    ),
)
