"""Images, their names and their configs: the index beside the engine."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.engine.harness.comparison import known, seconds, utc, variables
from tests.engine.harness.shared_sizes import shared_sizes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.engine.harness.answers import Answers, Record
    from tests.engine.harness.comparison import Comparison
    from tests.engine.harness.index_answers import Index, Row

_UNNAMED = ("<none>:<none>", "<none>@<none>")
_JSON_COLUMNS = ("entrypoint", "cmd", "shell", "on_build", "healthcheck")


def compare_images(comparison: Comparison, index: Index, answers: Answers) -> None:
    """Compare all images, intermediate ones too, and all of their names.

    They are told apart by the ID that the engine shows.
    """
    rows = index.query("images")
    both = comparison.same_things(
        "image",
        (row["engine_image_id"] for row in rows),
        (image["Id"] for image in answers.images),
    )
    comparison.same_things("inspected image", answers.image_inspect, both)
    listed = {image["Id"]: image for image in answers.images}
    ours = {row["engine_image_id"]: row for row in rows}
    for engine_id in both:
        inspected = answers.image_inspect[engine_id]
        _compare_listing(comparison, ours[engine_id], listed[engine_id], answers)
        _compare_placement(comparison, ours[engine_id], inspected, answers)
        _compare_parent(comparison, ours, engine_id, inspected)
    _compare_sizes(comparison, index, ours, answers)
    _compare_use(comparison, ours, answers)
    _compare_names(comparison, index, answers)
    _compare_digests(comparison, index, answers)
    _compare_configs(comparison, index, answers)


def _compare_listing(comparison: Comparison, ours: Row, theirs: Record, answers: Answers) -> None:
    thing = f"image {ours['engine_image_id']} in the list"
    comparison.fields_equal(
        thing,
        {**ours, "created": seconds(ours["created_at"])},
        {
            "tags": _tags(theirs),
            "engine_parent_id": known(theirs["ParentId"]),
            "created": theirs["Created"],
            "size_bytes": theirs["Size"],
        },
    )
    if not answers.has_containerd_store:
        # With containerd the list has one of them only: they are compared with the inspected ones.
        comparison.equal(thing, "digests", ours["digests"], _joined(theirs["RepoDigests"]))


def _compare_placement(comparison: Comparison, ours: Row, theirs: Record, answers: Answers) -> None:
    fields = {
        "tags": _tags(theirs),
        "digests": _joined(theirs["RepoDigests"]),
        "engine_parent_id": known(theirs.get("Parent")),
        "created_at": utc(theirs["Created"]),
        "layers": len(theirs["RootFS"].get("Layers") or []),
        "last_tagged_at": utc(theirs["Metadata"]["LastTagTime"]),
        "architecture": known(theirs["Architecture"]),
        "os": known(theirs["Os"]),
    }
    if not answers.has_containerd_store:
        fields |= {"image_id": theirs["Id"], "size_bytes": theirs["Size"]}
    comparison.fields_equal(f"image {ours['engine_image_id']}", ours, fields)


def _compare_parent(
    comparison: Comparison, ours: dict[str, Row], engine_id: str, theirs: Record
) -> None:
    parent = ours.get(theirs.get("Parent") or "")
    parent_id = parent["image_id"] if parent else None
    comparison.equal(f"image {engine_id}", "parent_id", ours[engine_id]["parent_id"], parent_id)


def _compare_sizes(
    comparison: Comparison, index: Index, ours: dict[str, Row], answers: Answers
) -> None:
    """Compare what is shared with other images, wherever the engine says it.

    `/system/df` says it of listed images, `/images/json` of all of them since 23.0. dockidx says
    what the latter does, with the containerd store as from 29 on; the rest follows by its rule.
    """
    ours_all = {engine_id: row["shared_bytes"] for engine_id, row in ours.items()}
    told = [(answers.df_images, ours_all)]
    if answers.has_containerd_store:
        packed = answers.engine_version >= (29,)
        listed = [image["Id"] for image in answers.df_images]
        told = [(answers.df_images, shared_sizes(index, listed, packed=packed))]
        ours_all = ours_all if packed else shared_sizes(index, ours.keys(), packed=packed)
    if answers.engine_version >= (23,):
        told.append((answers.images, ours_all))
    for images, mine in told:
        for theirs in images:
            engine_id, shared = theirs["Id"], theirs["SharedSize"]
            if engine_id in ours:
                thing, size = f"image {engine_id}", ours[engine_id]["size_bytes"]
                unique = theirs["Size"] - shared
                comparison.equal(thing, "shared_bytes", mine[engine_id], shared)
                comparison.equal(thing, "unique bytes", size - mine[engine_id], unique)
    for engine_id, row in ours.items():
        rest = row["size_bytes"] - row["shared_bytes"]
        comparison.equal(f"image {engine_id}", "unique_bytes", row["unique_bytes"], rest)


def _compare_use(comparison: Comparison, ours: dict[str, Row], answers: Answers) -> None:
    dangling = {image["Id"] for image in answers.images_dangling}
    users = Counter(container["ImageID"] for container in answers.containers)
    for engine_id, row in ours.items():
        use = {"dangling": int(engine_id in dangling), "containers": users[engine_id]}
        comparison.fields_equal(f"image {engine_id}", row, use)
    listed = {image["Id"]: image for image in answers.df_images}
    for engine_id in comparison.same_things(
        "listed image", listed.keys() & ours.keys(), (image["Id"] for image in answers.images_noall)
    ):
        comparison.equal(
            f"image {engine_id} in df",
            "containers",
            ours[engine_id]["containers"],
            listed[engine_id]["Containers"],
        )


def _compare_names(comparison: Comparison, index: Index, answers: Answers) -> None:
    rows = index.query("tags")
    ours = {row["name"]: row for row in rows}
    images = answers.image_inspect.values()
    named = [(tag, image) for image in images for tag in (_tags(image) or "").split()]
    theirs, engine_names = dict(named), [tag for tag, _ in named]
    image_ids = index.image_ids()
    for name in comparison.same_things("tag", (row["name"] for row in rows), engine_names):
        image = theirs[name]
        comparison.fields_equal(
            f"tag {name}",
            {**ours[name], "familiar": _familiar(ours[name])},
            {
                "familiar": name,
                "engine_image_id": image["Id"],
                "image_id": image_ids.get(image["Id"]),
                "created_at": utc(image["Created"]),
                "last_tagged_at": utc(image["Metadata"]["LastTagTime"]),
            },
        )


def _compare_digests(comparison: Comparison, index: Index, answers: Answers) -> None:
    """Compare all digest references with those of the inspected images, and what each means."""
    image_ids = index.image_ids()
    meant = {
        name: engine_id
        for engine_id, image in answers.image_inspect.items()
        for name in image["RepoDigests"] or ()
        if name not in _UNNAMED
    }
    ours = {_familiar_digest(row): row for row in index.table("repo_digests")}
    for name in comparison.same_things("digest reference", ours, meant):
        told = {"engine_image_id": meant[name], "image_id": image_ids.get(meant[name])}
        comparison.fields_equal(f"digest reference {name}", ours[name], told)


def _familiar_digest(row: Row) -> str:
    """A digest reference as Docker prints it, from its full repository name."""
    return f"{_familiar_repository(row)}@{row['digest']}"


def _familiar_repository(row: Row) -> str:
    return str(row["repository"]).removeprefix("docker.io/").removeprefix("library/")


def _familiar(row: Row) -> str:
    """The name of a tag as Docker prints it, from its full repository name."""
    return f"{_familiar_repository(row)}:{row['tag']}"


def _compare_configs(comparison: Comparison, index: Index, answers: Answers) -> None:
    ours = {row["image_id"]: row for row in index.table("images")}
    labels = _gathered(index, "image_labels", "label", "value")
    names = {
        "ExposedPorts": _gathered(index, "image_ports", "port", "port"),
        "Volumes": _gathered(index, "image_volumes", "path", "path"),
    }
    env = _gathered(index, "image_env", "name", "value")
    newest = {row["image_id"]: row for row in index.query("image-history")}
    image_ids = index.image_ids()
    for engine_id, image in answers.image_inspect.items():
        image_id = image_ids.get(engine_id)
        if image_id not in ours:
            continue
        thing, config = f"config of image {engine_id}", image["Config"] or {}
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
        "author": known(image.get("Author")),
        "comment": known(image.get("Comment")),
        "os_version": known(image.get("OsVersion")),
        "variant": known(image.get("Variant")),
        "docker_version": known(image.get("DockerVersion")),
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


def _tags(image: Record) -> str | None:
    """The tags among an image's names; with the containerd store these have digests too."""
    return _joined(name for name in image["RepoTags"] or () if "@" not in name)


def _joined(names: Iterable[str] | None) -> str | None:
    """Names as an index joins them; engines before 24.0 list an untagged image as `<none>`."""
    return " ".join(sorted(set(names or []) - set(_UNNAMED))) or None
