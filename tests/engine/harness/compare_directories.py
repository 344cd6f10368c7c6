"""Whose each directory of a graph driver is: the index beside the engine and beside the files."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from tests.engine.harness.compare_snapshots import compare_snapshots
from tests.engine.harness.comparison import chain_ids
from tests.engine.harness.unnamed import directories, id_space, unnamed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.harness.answers import Answers, Record
    from tests.engine.harness.comparison import Comparison
    from tests.engine.harness.index_answers import Index, Row


class Owner(NamedTuple):
    """An owner kind and ID, as in the query `directories`."""

    owner_kind: str
    owner_id: str | None


def compare_directories(comparison: Comparison, index: Index, answers: Answers) -> None:
    """Compare the owner of every directory, and the images and containers it is there for.

    The overlay2 driver tells the directories of images and containers. Of other drivers, of
    snapshots, and of what no image or container has, the files tell.
    """
    rows = index.query("directories")
    ours = {row["directory"]: row for row in rows}
    if answers.has_containerd_store:
        comparison.equal("directories", "number", len(rows), len(ours))
        compare_snapshots(comparison, index, answers, ours)
        _compare_users(comparison, index, answers, ours)
        return
    on_disk = directories(index.root, answers.driver)
    both = comparison.same_things("directory", (row["directory"] for row in rows), on_disk)
    written = dict(_owners_in_files(index, answers.driver))
    told = dict(_owners_told(answers))
    for name in both:
        thing, row = f"directory {name}", ours[name]
        owner = told.get(name) or written.get(name)
        if owner is not None:
            comparison.fields_equal(thing, row, owner._asdict())
        else:
            _compare_ownerless(comparison, index, row, answers)
        space = id_space(index.root, answers.driver)
        comparison.equal(thing, "path", row["path"], f"{space / name}{_suffix(answers)}")
    comparison.same_things("directory that the engine tells of", told, told.keys() & ours.keys())
    _compare_users(comparison, index, answers, ours)


def _compare_ownerless(comparison: Comparison, index: Index, row: Row, answers: Answers) -> None:
    """See that what no layer and no mount names is BuildKit's or an orphan."""
    orphans = unnamed(index.root, answers.driver)
    kind = "orphan" if row["directory"] in orphans else "build-cache"
    comparison.equal(f"directory {row['directory']}", "owner_kind", row["owner_kind"], kind)


def _owners_in_files(index: Index, driver: str) -> Iterator[tuple[str, Owner]]:
    layerdb = index.root / "image" / driver / "layerdb"
    for path in layerdb.glob("sha256/*/cache-id"):
        yield path.read_text(), Owner("image-layer", f"sha256:{path.parent.name}")
    for file, kind in (("mount-id", "container-rw"), ("init-id", "container-init")):
        for path in layerdb.glob(f"mounts/*/{file}"):
            yield path.read_text(), Owner(kind, path.parent.name)


def _owners_told(answers: Answers) -> Iterator[tuple[str, Owner]]:
    """What overlay2 tells of layers, whose lowest comes last, and of containers above them."""
    for image in answers.image_inspect.values():
        chains = reversed(chain_ids(image["RootFS"].get("Layers") or []))
        names = _stack(image, answers)
        yield from zip(names, (Owner("image-layer", chain) for chain in chains), strict=bool(names))
    for container_id, container in answers.container_inspect.items():
        kinds = ("container-rw", "container-init")
        names = _stack(container, answers)[:2]
        yield from zip(names, (Owner(kind, container_id) for kind in kinds), strict=bool(names))


def _stack(thing: Record, answers: Answers) -> list[str]:
    """The names of a thing's directories, the uppermost first; none where the driver is silent."""
    data = thing["GraphDriver"]["Data"]
    if answers.driver != "overlay2" or not data:
        return []
    paths = [data["UpperDir"], *filter(None, data.get("LowerDir", "").split(":"))]
    return [PurePosixPath(path).parts[-2] for path in paths]


def _compare_users(
    comparison: Comparison, index: Index, answers: Answers, ours: dict[str, Row]
) -> None:
    users: dict[str, list[Row]] = {}
    for row in index.query("directory-owner"):
        users.setdefault(row["directory"], []).append(row)
    comparison.same_things("directory with an owner", users, ours)
    image_ids = index.image_ids()
    images = _images_by_chain(answers, image_ids)
    # Of the images for other platforms the engine does not tell the layers.
    shown = set(image_ids.values()) - {None}
    for name, rows in users.items():
        thing, owner = f"owner of directory {name}", ours[name]
        for row in rows:
            owned = {key: owner[key] for key in ("owner_kind", "owner_id", "path")}
            comparison.fields_equal(thing, row, owned)
            container = answers.container_inspect.get(owner["owner_id"])
            if container is not None:
                comparison.fields_equal(
                    thing, row, _container_fields(container, answers, image_ids)
                )
        if owner["owner_kind"] == "image-layer":
            mine = [(row["image_id"], row["tags"]) for row in rows if row["image_id"] in shown]
            mine.sort(key=str)
            comparison.equal(thing, "images", mine, images.get(owner["owner_id"], []))
            chains = {row["chain_id"] for row in rows}
            comparison.equal(thing, "chain_id", chains, {owner["owner_id"]})
        else:
            comparison.equal(thing, "number of owners", len(rows), 1)


def _images_by_chain(
    answers: Answers, image_ids: dict[str, str | None]
) -> dict[str, list[tuple[str | None, str | None]]]:
    found: dict[str, list[tuple[str | None, str | None]]] = {}
    for engine_id, image in answers.image_inspect.items():
        for chain in chain_ids(image["RootFS"].get("Layers") or []):
            found.setdefault(chain, []).append((image_ids.get(engine_id), _tags(image)))
    return {chain: sorted(images, key=str) for chain, images in found.items()}


def _container_fields(container: Record, answers: Answers, image_ids: dict[str, str | None]) -> Row:
    image = answers.image_inspect.get(container["Image"])
    fields = {
        "container_id": container["Id"],
        "container_name": container["Name"].removeprefix("/"),
        "image_id": image_ids.get(container["Image"], container["Image"]),
    }
    if image is None:
        return fields
    chains = chain_ids(image["RootFS"].get("Layers") or [])
    return fields | {"chain_id": chains[-1] if chains else None, "tags": _tags(image)}


def _tags(image: Record) -> str | None:
    return " ".join(sorted(name for name in image["RepoTags"] if "@" not in name)) or None


def _suffix(answers: Answers) -> str:
    return "/diff" if answers.driver == "overlay2" else ""
