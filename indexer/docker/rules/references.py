"""Rules on `repositories.json`: the names of images."""

from typing import Final

from indexer.docker.rules.rule import Rule

_FILE: Final = "image/<driver>/repositories.json"

REFERENCES: Final = (
    Rule(
        id="R1",
        slug="repositories-not-json",
        severity="fatal",
        requirement="repositories.json is one JSON object whose values are objects of strings.",
        consequence="The engine does not start.",
        remedy=(
            "Stop the engine and restore the file from a backup, or move it aside: the engine "
            "then makes an empty one, and you tag the images again by their IDs."
        ),
        path=_FILE,
    ),
    Rule(
        id="R2",
        slug="repositories-missing",
        severity="warning",
        requirement="repositories.json exists where there are images.",
        consequence="The engine makes an empty one at its next start, and every tag is lost.",
        remedy=(
            "Restore the file from a backup before the engine starts, or tag the images again by "
            "their IDs."
        ),
        path=_FILE,
    ),
    Rule(
        id="R3",
        slug="key-not-reference",
        severity="warning",
        requirement="Every key is a reference with a tag or a digest.",
        consequence="The engine ignores the key, and the image looks untagged.",
        remedy="Tag the image again by its ID with `docker tag`.",
        path=_FILE,
    ),
    Rule(
        id="R4",
        slug="reference-misplaced",
        severity="warning",
        requirement=(
            "A reference is listed under its own repository, in the form that Docker prints."
        ),
        consequence="The name is listed, but it can be neither used nor removed.",
        remedy=(
            "Tag the image again by its ID with `docker tag`; to get rid of the name, stop the "
            "engine and delete it from the file."
        ),
        path=_FILE,
    ),
    Rule(
        id="R5",
        slug="value-not-image-id",
        severity="error",
        requirement="Every value is an image ID.",
        consequence="The name refers to no image.",
        remedy="Pull or build the image again under that name.",
        path=_FILE,
    ),
    Rule(
        id="R6",
        slug="name-without-image",
        severity="error",
        requirement="Every name refers to an image that the engine can load.",
        consequence='Docker answers "No such image", and `docker rmi` cannot remove the name.',
        remedy="Pull, load or build the image again under that name, which replaces the entry.",
        path=_FILE,
        how=("sql",),
        live=True,
        depth=2,
    ),
    Rule(
        id="R7",
        slug="empty-repository",
        severity="info",
        requirement="Every repository has a reference.",
        consequence="Nothing breaks; an engine removes a repository together with its last name.",
        remedy="Nothing needs to be done.",
        path=_FILE,
    ),
    Rule(
        id="R8",
        slug="digest-without-tag",
        severity="info",
        requirement="An image with a digest reference also has a tag.",
        consequence="It is shown without a tag, and `docker image prune` removes it.",
        remedy="Tag the image with `docker tag` if you want to keep it.",
        path=_FILE,
        how=("sql",),
    ),
    Rule(
        id="R9",
        slug="text-after-json",
        severity="warning",
        requirement="Nothing follows the JSON value.",
        consequence=(
            "The engine ignores the rest, but no engine writes such a file: something else "
            "changed it."
        ),
        remedy=(
            "Find out what else writes to this file; the engine drops the rest when it next saves "
            "a name."
        ),
        path=_FILE,
    ),
)
