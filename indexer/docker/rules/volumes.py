"""Rules on `volumes` and `network`."""

from typing import Final

from indexer.docker.rules.rule import Rule

VOLUMES: Final = (
    Rule(
        id="V1",
        slug="volume-database-invalid",
        severity="fatal",
        requirement="metadata.db opens, and the name in each of its values is the key.",
        consequence="The engine does not start; one wrong value loses the labels of a volume.",
        remedy=(
            "Stop the engine and move the file aside: the engine makes it again from the folders, "
            "without the labels."
        ),
        path="volumes/metadata.db",
    ),
    Rule(
        id="V2",
        slug="volume-options-invalid",
        severity="fatal",
        requirement="Every opts.json decodes.",
        consequence="The engine does not start.",
        remedy=(
            "Restore the file from a backup, or remove it: the volume is then a plain folder "
            "without its mount options."
        ),
        path="volumes/<name>/opts.json",
    ),
    Rule(
        id="V3",
        slug="volume-entry-mismatch",
        severity="warning",
        requirement="A local volume has a folder and an entry in metadata.db.",
        consequence=(
            "An entry without a folder is dropped at the next start, together with its labels. A "
            "folder without an entry has no labels, which is info."
        ),
        remedy=(
            "Restore the folder from a backup if its contents are missing; otherwise nothing "
            "needs to be done."
        ),
        path="volumes/<name>",
        live=True,
    ),
    Rule(
        id="V4",
        slug="anonymous-volume-unused",
        severity="info",
        requirement="A container uses every anonymous volume.",
        consequence="`docker volume prune` removes it.",
        remedy="Save its contents if you need them, and run `docker volume prune`.",
        path="volumes/<name>",
        how=("sql",),
    ),
    Rule(
        id="N1",
        slug="network-database-invalid",
        severity="fatal",
        requirement="local-kv.db opens, and each of its values is an index and JSON.",
        consequence="The engine does not start; one wrong value is an error and loses its network.",
        remedy=(
            "Stop the engine and move the file aside: the default networks are made again, and "
            "your own have to be created again."
        ),
        path="network/files/local-kv.db",
    ),
    Rule(
        id="N2",
        slug="endpoint-left-behind",
        severity="warning",
        requirement="The network of every endpoint and the container of every sandbox exist.",
        consequence=(
            'The network cannot be removed: "has active endpoints". A sandbox that a container or '
            "build left behind is info."
        ),
        remedy=(
            "Run `docker network disconnect --force` with the name of the endpoint, then remove "
            "the network."
        ),
        path="network/files/local-kv.db",
        live=True,
    ),
)
