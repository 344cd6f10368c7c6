"""Layers, history and layer directories of images: the index beside the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.engine.harness.comparison import chain_ids, known, moved, seconds

if TYPE_CHECKING:
    from tests.engine.harness.answers import Answers, Record
    from tests.engine.harness.comparison import Comparison
    from tests.engine.harness.index_answers import Index, Row


def compare_layers(comparison: Comparison, index: Index, answers: Answers) -> None:
    """Compare the layers, the history and, where the engine names them, the directories."""
    layers = _by_image(index.query("image-layers"))
    history = _by_image(index.query("image-history"))
    images = {row["image_id"]: row for row in index.table("images")}
    image_ids = index.image_ids()
    for engine_id in comparison.same_things(
        "config of image",
        (engine_id for engine_id, image_id in image_ids.items() if image_id in images),
        answers.image_inspect,
    ):
        image, image_id = answers.image_inspect[engine_id], str(image_ids[engine_id])
        own, steps = layers.get(image_id, []), history.get(image_id, [])
        lines = list(reversed(answers.image_history[engine_id]))
        _compare_layers(comparison, own, image)
        if not answers.has_containerd_store:
            sizes = [size or 0 for size in _column(own, "size_bytes")]
            comparison.equal(f"layers of image {engine_id}", "size", sum(sizes), image["Size"])
        _compare_counts(comparison, images[image_id], image, lines)
        _compare_history(comparison, engine_id, steps, lines)
        _compare_makers(comparison, engine_id, own, steps, lines)
        _compare_directories(comparison, index, own, image, answers)
    known_ids = set(image_ids.values()) | index.other_platforms()
    comparison.same_things("image with layers", layers.keys() - known_ids, ())
    comparison.same_things("image with history", history.keys() - known_ids, ())


def _compare_layers(comparison: Comparison, own: list[Row], image: Record) -> None:
    thing, diff_ids = f"layers of image {image['Id']}", image["RootFS"].get("Layers") or []
    comparison.equal(thing, "positions", _column(own, "position"), _count(len(diff_ids)))
    for row, diff_id, chain_id in zip(own, diff_ids, chain_ids(diff_ids), strict=False):
        place = f"{thing} at {row['position']}"
        comparison.fields_equal(place, row, {"diff_id": diff_id, "chain_id": chain_id})


def _compare_counts(comparison: Comparison, ours: Row, image: Record, lines: list[Record]) -> None:
    diff_ids = image["RootFS"].get("Layers") or []
    comparison.fields_equal(
        f"config of image {image['Id']}",
        ours,
        {
            "layer_count": len(diff_ids),
            "history_count": len(lines),
            "top_chain_id": chain_ids(diff_ids)[-1] if diff_ids else None,
        },
    )


def _compare_history(
    comparison: Comparison, image_id: str, steps: list[Row], lines: list[Record]
) -> None:
    thing = f"history of image {image_id}"
    comparison.equal(thing, "steps", _column(steps, "step"), _count(len(lines)))
    for row, line in zip(steps, lines, strict=False):
        comparison.fields_equal(
            f"{thing} at {row['step']}",
            {**row, "created": seconds(row["created_at"])},
            {
                "created": line["Created"],
                "created_by": known(line["CreatedBy"]),
                "comment": known(line["Comment"]),
                "size_bytes": line["Size"],
            },
        )


def _compare_makers(
    comparison: Comparison, image_id: str, own: list[Row], steps: list[Row], lines: list[Record]
) -> None:
    """Compare the command beside each layer with the history line of the step that made it.

    The line has the size of the layer too.
    """
    makers = [line for row, line in zip(steps, lines, strict=False) if not row["empty_layer"]]
    diff_ids = [row["diff_id"] for row in steps if not row["empty_layer"]]
    if not lines:
        makers = [{"CreatedBy": None, "Size": row["size_bytes"] or 0} for row in own]
        diff_ids = _column(own, "diff_id")
    thing = f"layers of image {image_id}"
    comparison.equal(thing, "made by steps", _column(own, "diff_id"), diff_ids)
    for row, line in zip(own, makers, strict=False):
        place = f"{thing} at {row['position']}"
        comparison.equal(place, "created_by", row["created_by"], known(line["CreatedBy"]))
        comparison.equal(place, "size_bytes", row["size_bytes"] or 0, line["Size"])


def _compare_directories(
    comparison: Comparison, index: Index, own: list[Row], image: Record, answers: Answers
) -> None:
    if answers.driver != "overlay2":
        _compare_no_directories(comparison, image)
        return
    data = image["GraphDriver"]["Data"]
    engine = [data["UpperDir"], *filter(None, data.get("LowerDir", "").split(":"))] if data else []
    theirs = [moved(path, answers.data_root, index.root) for path in engine]
    mine = list(reversed(_column(own, "directory")))
    comparison.equal(f"image {image['Id']}", "number of directories", len(mine), len(theirs))
    for path, directory in zip(mine, theirs, strict=False):
        comparison.equal(f"image {image['Id']}", "directory", path, directory)


def _compare_no_directories(comparison: Comparison, image: Record) -> None:
    """See that an engine which names no directories, as with vfs, does not begin to.

    With the containerd store, from 29 on, it names no graph driver either.
    """
    data = image.get("GraphDriver", {}).get("Data")
    if data is not None:
        comparison.equal(f"image {image['Id']}", "directories", None, data)


def _by_image(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["image_id"], []).append(row)
    return found


def _column(rows: list[Row], name: str) -> list[Any]:
    return [row[name] for row in rows]


def _count(length: int) -> list[int]:
    return list(range(1, length + 1))
