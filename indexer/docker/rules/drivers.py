"""Rules on the directories of graph drivers."""

from typing import Final

from indexer.docker.rules.rule import Rule

_DIRECTORY: Final = "<driver>/<directory>"

DRIVERS: Final = (
    Rule(
        "G1",
        "warning",
        "Something names every directory: a layer, a mount, a removal, a write or the build cache.",
        "It takes space that no command of Docker frees.",
        _DIRECTORY,
        how=("sql",),
        live=True,
        limits="With zfs the files lie outside of the root. What may be in the making on a "
        "running engine is info.",
    ),
    Rule(
        "G2",
        "error",
        "A directory has what its driver mounts: diff and link, or what stands in their place.",
        "Neither it nor what is on it can be mounted.",
        f"{_DIRECTORY}/diff or /link",
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        "G3",
        "error",
        "link is a short name of its own, and l/ has a link of that name back to the directory.",
        'What is on the directory cannot be mounted: "no such file or directory".',
        f"<driver>/l/<link> or {_DIRECTORY}/link",
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        "G4",
        "error",
        "lower names directories that are there, at most 128 and each once.",
        "The directory cannot be mounted.",
        f"{_DIRECTORY}/lower",
        how=("reader", "sql"),
        live=True,
    ),
    Rule(
        "G5",
        "error",
        "lower is the short name of the directory right below, and then that one's lower.",
        "The directory shows other files than its layers have.",
        f"{_DIRECTORY}/lower",
        how=("sql",),
        live=True,
    ),
    Rule(
        "G6",
        "info",
        "Every short link leads to a directory that claims it.",
        "Nothing breaks.",
        "<driver>/l/<link>",
        how=("sql",),
    ),
    Rule(
        "G7",
        "info",
        "committed is in every directory that has another one on it, and in no container's own.",
        "Nothing breaks where it is missing; a container that has it is mounted read-only, which "
        "is an error.",
        f"{_DIRECTORY}/committed",
        how=("sql",),
        limits="Engines before 20.10 did not write it.",
    ),
    Rule(
        "G8",
        "warning",
        "merged is in directories of containers that run only.",
        "A mount was left behind, which may keep the directory from being removed.",
        f"{_DIRECTORY}/merged",
        how=("sql",),
        live=True,
        limits="A running engine mounts for builds and copies too: then it is info.",
    ),
    Rule(
        "G9",
        "warning",
        "A driver's folder that holds anything has image/<driver> beside it.",
        "All of it is out of reach, and no command of Docker frees its space.",
        "<driver>",
        how=("sql",),
        limits="It is an error where the root has no other store.",
    ),
)
