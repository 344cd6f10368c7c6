"""Rules on `repositories.json`: the names of images."""

from typing import Final

from indexer.docker.rules.rule import Rule

_FILE: Final = "image/<driver>/repositories.json"

REFERENCES: Final = (
    Rule(
        "R1",
        "fatal",
        "repositories.json is one JSON object of objects of strings.",
        "The engine does not start.",
        _FILE,
    ),
    Rule(
        "R2",
        "warning",
        "repositories.json is there where there are images.",
        "The engine makes an empty one at its next start, and every tag is lost.",
        _FILE,
    ),
    Rule(
        "R3",
        "warning",
        "Every key is a reference with a tag or a digest.",
        "The engine ignores it, and the image looks untagged.",
        _FILE,
    ),
    Rule(
        "R4",
        "warning",
        "A reference stands under its own repository, in the form that Docker prints.",
        "The name is listed, but it can be neither used nor removed.",
        _FILE,
    ),
    Rule(
        "R5",
        "error",
        "Every value is an image ID.",
        "The name means no image.",
        _FILE,
    ),
    Rule(
        "R6",
        "error",
        "Every name means an image that the engine can load.",
        'It answers "No such image", and `docker rmi` cannot remove the name.',
        _FILE,
        how=("sql",),
        live=True,
    ),
    Rule(
        "R7",
        "info",
        "No repository is without a reference.",
        "Nothing breaks; the engine removes a repository with its last name.",
        _FILE,
    ),
    Rule(
        "R8",
        "info",
        "An image with a digest reference has a tag too.",
        "It is shown without a tag, and `docker image prune` removes it.",
        _FILE,
        how=("sql",),
    ),
    Rule(
        "R9",
        "warning",
        "Nothing follows the JSON value.",
        "The engine overlooks it, but no engine writes such a file.",
        _FILE,
    ),
)
