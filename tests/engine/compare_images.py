"""Images, their names and their configs: the index beside the engine."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.engine.comparison import known, seconds, utc, variables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.engine.answers import Answers, Record
    from tests.engine.comparison import Comparison
    from tests.engine.index_answers import Index, Row

_UNNAMED = ("<none>:<none>", "<none>@<none>")
_JSON_COLUMNS = ("entrypoint", "cmd", "shell", "on_build", "healthcheck")


def compare_images(comparison: Comparison, index: Index, answers: Answers) -> None:
    """Compare all images, intermediate ones too, and all of their names."""
    rows = index.query("images")
    both = comparison.same_things(
        "image", (row["image_id"] for row in rows), (image["Id"] for image in answers.images)
    )
    comparison.same_things("inspected image", answers.image_inspect, both)
    listed = {image["Id"]: image for image in answers.images}
    ours = {row["image_id"]: row for row in rows}
    for image_id in both:
        _compare_listing(comparison, ours[image_id], listed[image_id])
        _compare_placement(comparison, ours[image_id], answers.image_inspect[image_id])
    _compare_sizes(comparison, ours, answers)
    _compare_use(comparison, ours, answers)
    _compare_names(comparison, index, answers)
    _compare_configs(comparison, index, answers)


def _compare_listing(comparison: Comparison, ours: Row, theirs: Record) -> None:
    comparison.fields_equal(
        f"image {ours['image_id']} in the list",
        {**ours, "created": seconds(ours["created_at"])},
        {
            "tags": _joined(theirs["RepoTags"]),
            "digests": _joined(theirs["RepoDigests"]),
            "parent_id": known(theirs["ParentId"]),
            "created": theirs["Created"],
            "size_bytes": theirs["Size"],
        },
    )


def _compare_placement(comparison: Comparison, ours: Row, theirs: Record) -> None:
    comparison.fields_equal(
        f"image {ours['image_id']}",
        ours,
        {
            "tags": _joined(theirs["RepoTags"]),
            "digests": _joined(theirs["RepoDigests"]),
            "parent_id": known(theirs["Parent"]),
            "created_at": utc(theirs["Created"]),
            "size_bytes": theirs["Size"],
            "layers": len(theirs["RootFS"].get("Layers") or []),
            "last_tagged_at": utc(theirs["Metadata"]["LastTagTime"]),
            "architecture": known(theirs["Architecture"]),
            "os": known(theirs["Os"]),
        },
    )


def _compare_sizes(comparison: Comparison, ours: dict[str, Row], answers: Answers) -> None:
    """Compare what is shared with other images, wherever the engine says it.

    `/system/df` says it of listed images, `/images/json` of all of them since 23.0.
    """
    told = list(answers.df_images)
    if answers.engine_version >= (23,):
        told += answers.images
    for theirs in told:
        image_id, shared = theirs["Id"], theirs["SharedSize"]
        if image_id in ours:
            comparison.fields_equal(
                f"image {image_id}",
                ours[image_id],
                {"shared_bytes": shared, "unique_bytes": theirs["Size"] - shared},
            )


def _compare_use(comparison: Comparison, ours: dict[str, Row], answers: Answers) -> None:
    dangling = {image["Id"] for image in answers.images_dangling}
    users = Counter(container["ImageID"] for container in answers.containers)
    for image_id, row in ours.items():
        use = {"dangling": int(image_id in dangling), "containers": users[image_id]}
        comparison.fields_equal(f"image {image_id}", row, use)
    listed = {image["Id"]: image for image in answers.df_images}
    for image_id in comparison.same_things(
        "listed image", listed.keys() & ours.keys(), (image["Id"] for image in answers.images_noall)
    ):
        comparison.equal(
            f"image {image_id} in df",
            "containers",
            ours[image_id]["containers"],
            listed[image_id]["Containers"],
        )


def _compare_names(comparison: Comparison, index: Index, answers: Answers) -> None:
    rows = index.query("tags")
    ours = {row["name"]: row for row in rows}
    images = answers.image_inspect.values()
    theirs = {tag: image for image in images for tag in image["RepoTags"]}
    engine_names = [tag for image in images for tag in image["RepoTags"]]
    for name in comparison.same_things("tag", (row["name"] for row in rows), engine_names):
        image = theirs[name]
        comparison.fields_equal(
            f"tag {name}",
            {**ours[name], "familiar": _familiar(ours[name])},
            {
                "familiar": name,
                "image_id": image["Id"],
                "created_at": utc(image["Created"]),
                "last_tagged_at": utc(image["Metadata"]["LastTagTime"]),
            },
        )


def _familiar(row: Row) -> str:
    """The name of a tag as Docker prints it, from its full repository name."""
    short = str(row["repository"]).removeprefix("docker.io/")
    return f"{short.removeprefix('library/')}:{row['tag']}"


def _compare_configs(comparison: Comparison, index: Index, answers: Answers) -> None:
    ours = {row["image_id"]: row for row in index.table("images")}
    labels = _gathered(index, "image_labels", "label", "value")
    names = {
        "ExposedPorts": _gathered(index, "image_ports", "port", "port"),
        "Volumes": _gathered(index, "image_volumes", "path", "path"),
    }
    env = _gathered(index, "image_env", "name", "value")
    newest = {row["image_id"]: row for row in index.query("image-history")}
    for image_id, image in answers.image_inspect.items():
        if image_id not in ours:
            continue
        thing, config = f"config of image {image_id}", image["Config"] or {}
        row = {**ours[image_id], **_decoded(ours[image_id])}
        # Of a config without a comment the engine shows the newest step's.
        row["comment"] = row["comment"] or newest.get(image_id, row)["comment"]
        comparison.fields_equal(thing, row, _config_fields(image, config))
        comparison.equal(thing, "labels", labels.get(image_id, {}), config.get("Labels") or {})
        for key, gathered in names.items():
            mine = sorted(gathered.get(image_id, {}))
            comparison.equal(thing, key, mine, sorted(config.get(key) or {}))
        comparison.equal(thing, "env", env.get(image_id, {}), variables(config.get("Env")))


def _config_fields(image: Record, config: Record) -> Row:
    return {
        "author": known(image["Author"]),
        "comment": known(image["Comment"]),
        "os_version": known(image.get("OsVersion")),
        "variant": known(image.get("Variant")),
        "docker_version": known(image["DockerVersion"]),
        "user": known(config.get("User")),
        "working_dir": known(config.get("WorkingDir")),
        "stop_signal": known(config.get("StopSignal")),
        "entrypoint": known(config.get("Entrypoint")),
        "cmd": known(config.get("Cmd")),
        "shell": known(config.get("Shell")),
        "on_build": known(config.get("OnBuild")),
        "healthcheck": known(config.get("Healthcheck")),
    }


def _decoded(row: Row) -> Row:
    return {name: row[name] and json.loads(row[name]) for name in _JSON_COLUMNS}


def _gathered(index: Index, table: str, key: str, value: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in index.table(table):
        found.setdefault(row["image_id"], {})[row[key]] = row[value]
    return found


def _joined(names: Iterable[str] | None) -> str | None:
    """Names as an index joins them; engines before 24.0 list an untagged image as `<none>`."""
    return " ".join(sorted(set(names or []) - set(_UNNAMED))) or None
