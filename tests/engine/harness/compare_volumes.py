"""Volumes: the index beside the engine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.engine.harness.comparison import moved

if TYPE_CHECKING:
    from tests.engine.harness.answers import Answers, Record
    from tests.engine.harness.comparison import Comparison
    from tests.engine.harness.index_answers import Index, Row

_ANONYMOUS = "com.docker.volume.anonymous"
_MADE_UP = re.compile(r"[0-9a-f]{64}")


def compare_volumes(comparison: Comparison, index: Index, answers: Answers) -> None:
    """Compare all volumes, used or not."""
    rows = index.query("volumes")
    ours = {row["name"]: row for row in rows}
    theirs = {volume["Name"]: volume for volume in answers.volumes}
    both = comparison.same_things(
        "volume", (row["name"] for row in rows), (volume["Name"] for volume in answers.volumes)
    )
    comparison.same_things("inspected volume", answers.volume_inspect, both)
    labels = _gathered(index, "volume_labels", "label")
    options = _gathered(index, "volume_options", "option")
    for name in both:
        for source, volume in (("in the list", theirs[name]), ("", answers.volume_inspect[name])):
            thing = f"volume {name} {source}".strip()
            told = {
                "driver": volume["Driver"],
                "mountpoint": moved(volume["Mountpoint"], answers.data_root, index.root),
                "anonymous": _anonymous(volume, answers),
            }
            comparison.fields_equal(thing, ours[name], told)
            comparison.equal(thing, "labels", labels.get(name, {}), volume["Labels"] or {})
            comparison.equal(thing, "options", options.get(name, {}), volume["Options"] or {})
    _compare_users(comparison, ours, answers)


def _anonymous(volume: Record, answers: Answers) -> int:
    """Whether the engine made up the name; before 23.0 nothing but the name itself tells."""
    if answers.engine_version >= (23,):
        return int(_ANONYMOUS in (volume["Labels"] or {}))
    return int(_MADE_UP.fullmatch(volume["Name"]) is not None)


def _compare_users(comparison: Comparison, ours: dict[str, Row], answers: Answers) -> None:
    """Compare the number of containers of each volume, with `/system/df` where that has it."""
    users: dict[str, set[str]] = {}
    for container_id, container in answers.container_inspect.items():
        for mount in container["Mounts"]:
            users.setdefault(mount.get("Name", ""), set()).add(container_id)
    for name, row in ours.items():
        used_by = len(users.get(name, ()))
        comparison.equal(f"volume {name}", "containers", row["containers"], used_by)
    counted = {volume["Name"]: volume["UsageData"]["RefCount"] for volume in answers.df_volumes}
    plain = [volume["Name"] for volume in answers.volumes if not volume["Options"]]
    both = comparison.same_things("volume in df", plain, counted)
    for name in ours.keys() & set(both):
        thing = f"volume {name} in df"
        comparison.equal(thing, "containers", ours[name]["containers"], counted[name])


def _gathered(index: Index, table: str, key: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in index.table(table):
        found.setdefault(row["name"], {})[row[key]] = row["value"]
    return found
