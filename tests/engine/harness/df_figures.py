"""What `docker system df` shows, computed from the API's answers as the docker command does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.engine.harness.answers import Answers, Record

_TOLD = {
    "images": "ImageUsage",
    "containers": "ContainerUsage",
    "volumes": "VolumeUsage",
    "build-cache": "BuildCacheUsage",
}
_RUNNING = ("running", "paused", "restarting")
_UNITS = ("B", "kB", "MB", "GB", "TB")
_TYPES = {
    "images": "Images",
    "containers": "Containers",
    "volumes": "Local Volumes",
    "build-cache": "Build Cache",
}


class Figures(NamedTuple):
    """A line of `docker system df`, sizes in bytes."""

    items: int
    active: int
    size_bytes: int
    reclaimable_bytes: int


def df_figures(answers: Answers) -> dict[str, Figures]:
    """The four lines under the names that dockidx has for them.

    Since 29 the engine tells them itself (API 1.52), before the docker command computed them
    (docker/cli `disk_usage.go`).
    """
    if _TOLD["images"] in answers.df:
        return {category: _told(answers.df[field]) for category, field in _TOLD.items()}
    return {
        "images": _images(answers),
        "containers": _containers(answers),
        "volumes": _volumes(answers),
        "build-cache": _build_cache(answers),
    }


def printed(figures: Mapping[str, Figures]) -> list[dict[str, str]]:
    """The lines as `docker system df --format '{{json .}}'` prints them."""
    return [
        {
            "Type": _TYPES[category],
            "TotalCount": str(line.items),
            "Active": str(line.active),
            "Size": _human(line.size_bytes),
            "Reclaimable": _human(line.reclaimable_bytes) + _share(category, line),
        }
        for category, line in figures.items()
    ]


def _told(usage: Record) -> Figures:
    """What the engine says of a category; it leaves out what is 0."""
    fields = ("TotalCount", "ActiveCount", "TotalSize", "Reclaimable")
    return Figures(*(usage.get(field, 0) for field in fields))


def _images(answers: Answers) -> Figures:
    used = [image for image in answers.df_images if image["Containers"]]
    held = sum(image["Size"] - image["SharedSize"] for image in used)
    size = answers.layers_size
    return Figures(len(answers.df_images), len(used), size, size - held)


def _containers(answers: Answers) -> Figures:
    # The engine leaves a size of 0 out.
    pairs = ((it["State"] in _RUNNING, it.get("SizeRw", 0)) for it in answers.df_containers)
    return _added_up(pairs)


def _volumes(answers: Answers) -> Figures:
    usage = [volume["UsageData"] for volume in answers.df_volumes]
    return _added_up((it["RefCount"] > 0, it["Size"]) for it in usage)


def _build_cache(answers: Answers) -> Figures:
    records = answers.df_build_cache
    own = ((it["InUse"], 0 if it["Shared"] else it["Size"]) for it in records)
    return _added_up(own)


def _added_up(pairs: Iterable[tuple[Any, int]]) -> Figures:
    sizes = list(pairs)
    free = sum(size for active, size in sizes if not active)
    active_items = sum(bool(active) for active, _ in sizes)
    return Figures(len(sizes), active_items, sum(size for _, size in sizes), free)


def _human(size: float) -> str:
    """Four digits and a decimal unit (docker/go-units `HumanSize`)."""
    unit = 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size /= 1000
        unit += 1
    return f"{size:.4g}{_UNITS[unit]}"


def _share(category: str, line: Figures) -> str:
    if category == "build-cache" or not line.size_bytes:
        return ""
    return f" ({line.reclaimable_bytes * 100 // line.size_bytes}%)"
