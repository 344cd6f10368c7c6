"""A small engine and changes to it, with what an index should say of each."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.engine.harness import archives
from tests.engine.harness.comparison import chain_ids, utc
from tests.engine.harness.dockerd import EngineError
from tests.engine.harness.fill_images import BASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.harness.filling import Filling

_SLEEP = ("sleep", "100000")
_BUILT = ("first", "second", "gone", "used", "orphaned")


class Change(NamedTuple):
    """A row of the query `changes`, without the time and the place."""

    object_kind: str
    object_key: str
    change: str
    field: str | None = None
    before: str | None = None
    after: str | None = None


def prepare(filling: Filling) -> None:
    """Make what `change` is going to change."""
    filling.docker("import", "-", BASE, data=archives.base_layer())
    filling.keep_image("base", BASE)
    for case in _BUILT:
        filling.build(f"case/{case}:1", f"FROM {BASE}\nRUN echo {case} > /case\n")
        filling.keep_image(case, f"case/{case}:1")
    filling.docker("tag", "case/first:1", "case/moving:1")
    filling.docker("tag", "case/first:1", "case/first:extra")
    for name in ("case-gone", "case-kept"):
        filling.docker("volume", "create", name)
    filling.run("restarted", BASE, *_SLEEP)
    filling.run("stopped", BASE, *_SLEEP)
    filling.run("user", "case/used:1", *_SLEEP)
    filling.create("renamed", "--volume", "case-kept:/kept", BASE, *_SLEEP)
    filling.create("gone", "--volume", "case-gone:/gone", BASE, *_SLEEP)
    filling.create("of-orphaned", "case/orphaned:1", *_SLEEP)
    # The engine forgets the endpoint of a failed start, and knows it again after its own restart.
    with suppress(EngineError):
        filling.run("failing", BASE, "/no/such/command")


def change(filling: Filling) -> list[Change]:
    """Change the engine in every way that the change log tells of, and give what it should say."""
    made: list[Change] = []
    for step in (_names, _images, _pushed, _containers, _volumes):
        made += step(filling)
    return made


def _names(filling: Filling) -> Iterator[Change]:
    """Move a tag, take one away from an image that keeps another, and one that a container uses."""
    first, second = filling.images["first"], filling.images["second"]
    before = _tagged_at(filling, second)
    filling.docker("tag", "case/second:1", "case/moving:1")
    yield Change("tag", "docker.io/case/moving:1", "changed", "image_id", first, second)
    after = _tagged_at(filling, second)
    yield Change("image", second, "changed", "last_tagged_at", before, after)
    filling.docker("image", "rm", "case/first:extra")
    yield Change("tag", "docker.io/case/first:extra", "removed")
    filling.docker("image", "rm", "--force", "case/used:1")
    yield Change("tag", "docker.io/case/used:1", "removed")


def _images(filling: Filling) -> Iterator[Change]:
    """Remove an image, one more that a container was made of, and build one in two steps."""
    gone, orphaned = filling.images["gone"], filling.images["orphaned"]
    lost_layer = _top_layer(filling, gone)
    filling.docker("image", "rm", "case/gone:1")
    yield Change("tag", "docker.io/case/gone:1", "removed")
    yield Change("image", gone, "removed")
    yield Change("layer", lost_layer, "removed")
    filling.docker("image", "rm", "--force", orphaned)
    yield Change("tag", "docker.io/case/orphaned:1", "removed")
    yield Change("image", orphaned, "removed")
    filling.build("case/new:1", f"FROM {BASE}\nRUN echo new > /new\nLABEL new=yes\n")
    new = filling.keep_image("new", "case/new:1")
    yield Change("tag", "docker.io/case/new:1", "added")
    yield Change("image", new, "added")
    yield Change("image", _inspect(filling, "images", new)["Parent"], "added")
    yield Change("layer", _top_layer(filling, new), "added")


def _pushed(filling: Filling) -> Iterator[Change]:
    base, name = filling.images["base"], filling.remote("team/pushed")
    before = _tagged_at(filling, base)
    filling.docker("tag", BASE, f"{name}:1")
    digest = filling.push(f"{name}:1")
    yield Change("tag", f"{name}:1", "added")
    yield Change("digest", f"{name}@{digest}", "added")
    yield Change("image", base, "changed", "last_tagged_at", before, _tagged_at(filling, base))


def _containers(filling: Filling) -> Iterator[Change]:
    """Restart, stop, rename, remove and create containers."""
    for command, case in (("restart", "restarted"), ("stop", "stopped")):
        before = _run_fields(filling, case)
        filling.docker(command, case)
        after = _run_fields(filling, case)
        for field in (field for field in before if before[field] != after[field]):
            yield Change(
                *("container", filling.containers[case], "changed", field),
                *(before[field], after[field]),
            )
    renamed, gone = filling.containers["renamed"], filling.containers["gone"]
    filling.docker("rename", "renamed", "renamed_since")
    yield Change("container", renamed, "changed", "name", "renamed", "renamed_since")
    filling.docker("rm", "gone")
    yield Change("container", gone, "removed")
    yield Change("mount", gone, "removed")
    new = filling.create("new", "--publish", "127.0.0.1:8080:80", "--volume", "/new", BASE, *_SLEEP)
    yield Change("container", new, "added")
    yield Change("mount", new, "added")
    for mount in _inspect(filling, "containers", new)["Mounts"]:
        yield Change("volume", mount["Name"], "added")


def _volumes(filling: Filling) -> Iterator[Change]:
    filling.docker("volume", "rm", "case-gone")
    yield Change("volume", "case-gone", "removed")
    filling.docker("volume", "create", "--label", "owner=case", "case-new")
    yield Change("volume", "case-new", "added")


def _run_fields(filling: Filling, case: str) -> dict[str, str | None]:
    state = _inspect(filling, "containers", filling.containers[case])["State"]
    return {
        "state": state["Status"],
        "exit_code": str(state["ExitCode"]),
        "started_at": utc(state["StartedAt"]),
        "finished_at": utc(state["FinishedAt"]),
    }


def _tagged_at(filling: Filling, image_id: str) -> str | None:
    return utc(_inspect(filling, "images", image_id)["Metadata"]["LastTagTime"])


def _top_layer(filling: Filling, image_id: str) -> str:
    return chain_ids(_inspect(filling, "images", image_id)["RootFS"]["Layers"])[-1]


def _inspect(filling: Filling, kind: str, name: str) -> dict[str, Any]:
    inspected: dict[str, Any] = filling.engine.api.get(f"/{kind}/{name}/json")
    return inspected
