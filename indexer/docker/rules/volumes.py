"""Rules on `volumes` and `network`."""

from typing import Final

from indexer.docker.rules.rule import Rule

VOLUMES: Final = (
    Rule(
        "V1",
        "fatal",
        "metadata.db opens, and each of its values has its key as the name.",
        "The engine does not start; one bad value costs the labels of a volume.",
        "volumes/metadata.db",
    ),
    Rule(
        "V2",
        "fatal",
        "Every opts.json decodes.",
        "The engine does not start.",
        "volumes/<name>/opts.json",
    ),
    Rule(
        "V3",
        "warning",
        "A local volume has a folder and an entry in metadata.db.",
        "An entry without a folder is dropped at the next start, with its labels; a folder "
        "without an entry has no labels, which is info.",
        "volumes/<name>",
        live=True,
    ),
    Rule(
        "V4",
        "info",
        "A container uses every anonymous volume.",
        "`docker volume prune` removes it.",
        "volumes/<name>",
        how=("sql",),
    ),
    Rule(
        "N1",
        "fatal",
        "local-kv.db opens, and its values are an index and JSON.",
        "The engine does not start; one bad value is an error that costs its network.",
        "network/files/local-kv.db",
    ),
    Rule(
        "N2",
        "warning",
        "An endpoint's network is there, and so is a sandbox's container.",
        'The network cannot be removed: "has active endpoints". A sandbox that is left of a '
        "container or build is info.",
        "network/files/local-kv.db",
        live=True,
    ),
)
