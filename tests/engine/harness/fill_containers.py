"""The container and volume cases: in every state, with every kind of mount and way of naming."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.harness.dockerd import EngineError
from tests.engine.harness.fill_images import BASE, ODD_LABELS

if TYPE_CHECKING:
    from tests.engine.harness.filling import Filling

_SLEEP = ("sleep", "100000")
_TMPFS_VOLUME = ("--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=1m,uid=1000")
_CHANGE = "dd if=/dev/zero of=/written bs=1000 count=50; rm /bin/id; mkdir -p /new/deep; echo said"


def make_containers(filling: Filling) -> None:
    """Make every volume and container case of the filling; the images are there already."""
    for make in (_volumes, _states, _mounts, _names, _commit, _removed):
        make(filling)


def _volumes(filling: Filling) -> None:
    for case, options in (
        ("named", ("--label", "owner=case")),
        ("with-options", _TMPFS_VOLUME),
        ("shared", ()),
        ("unused", ()),
    ):
        filling.volumes[case] = filling.docker("volume", "create", *options, f"case-{case}")
    filling.volumes["unused-anonymous"] = filling.docker("volume", "create")
    filling.gone["volume"] = filling.docker("volume", "create", "case-removed")
    filling.docker("volume", "rm", "case-removed")


def _states(filling: Filling) -> None:
    filling.create("never-started", "--env", "TOKEN=hidden", BASE, *_SLEEP)
    filling.run("running", "--restart", "unless-stopped", "--memory", "32m", BASE, *_SLEEP)
    filling.run("with-healthcheck", "case/classic:1", "sleep 100000")
    filling.run("paused", BASE, *_SLEEP)
    filling.docker("pause", "paused")
    filling.finish("exited-zero", BASE, "sh", "-c", _CHANGE)
    filling.finish("exited-three", BASE, "sh", "-c", "echo failed >&2; exit 3")
    filling.finish("local-log", "--log-driver", "local", BASE, "echo", "local")
    filling.run("killed", BASE, *_SLEEP)
    filling.docker("kill", "killed")
    _fail_to_start(filling)


def _fail_to_start(filling: Filling) -> None:
    container = filling.create("no-such-command", BASE, "/no/such/command")
    try:
        filling.docker("start", container)
    except EngineError:
        return
    raise EngineError("The engine started a container whose command does not exist.")


def _mounts(filling: Filling) -> None:
    bound = filling.folder / "bound"
    bound.mkdir(exist_ok=True)
    write = "dd if=/dev/zero of=/named/content bs=1000 count=20"
    named = f"{filling.volumes['named']}:/named"
    filling.finish("named-volume", "--volume", named, BASE, "sh", "-c", write)
    filling.run("anonymous-volume", "--volume", "/anonymous", BASE, *_SLEEP)
    filling.run("bind", "--volume", f"{bound}:/bound:ro", BASE, *_SLEEP)
    filling.run("tmpfs", "--read-only", "--tmpfs", "/scratch:size=1m", BASE, *_SLEEP)
    optioned = f"type=volume,source={filling.volumes['with-options']},target=/optioned"
    filling.run("volume-with-options", "--mount", optioned, BASE, *_SLEEP)
    shared = f"{filling.volumes['shared']}:/shared"
    filling.run("sharing", "--volume", shared, BASE, *_SLEEP)
    filling.create("also-sharing", "--volume", f"{shared}:ro", BASE, *_SLEEP)
    filling.create("volumes-from", "--volumes-from", "anonymous-volume", BASE, *_SLEEP)


def _names(filling: Filling) -> None:
    labels = [f"{key}={value}" for key, value in ODD_LABELS.items()]
    options = [option for label in labels for option in ("--label", label)]
    filling.create("odd-labels", *options, BASE, *_SLEEP)
    filling.create("by-image-id", filling.images["several-tags"], *_SLEEP)
    short = filling.images["several-tags"].removeprefix("sha256:")[:12]
    filling.create("by-short-id", short, *_SLEEP)
    by_digest = filling.remote(f"team/by-digest@{filling.digests['digest-only']}")
    filling.create("by-digest", by_digest, *_SLEEP)
    filling.create("no-layers", "case/scratch:1", "nothing")
    filling.run("tag-moved", "case/tag-moved:1", *_SLEEP)
    filling.docker("tag", BASE, "case/tag-moved:1")
    filling.run("untagged-in-use", "case/untagged-in-use:1", *_SLEEP)
    filling.docker("image", "rm", "--force", "case/untagged-in-use:1")
    renamed = filling.create("renamed", BASE, *_SLEEP)
    filling.docker("rename", renamed, "renamed_since")


def _commit(filling: Filling) -> None:
    change = "LABEL committed=yes"
    options = ("--message", "kept", "--author", "Case <case@example.invalid>", "--change", change)
    filling.docker("commit", *options, "exited-zero", "case/committed:1")
    filling.keep_image("committed", "case/committed:1")


def _removed(filling: Filling) -> None:
    filling.run("removed", BASE, *_SLEEP)
    filling.lose_container("removed")
    filling.run("removed-with-volume", "--volume", "/lost", BASE, *_SLEEP)
    filling.lose_container("removed-with-volume", "--volumes")
    filling.run("removed-without-volume", "--volume", "/kept", BASE, *_SLEEP)
    filling.volumes["kept-anonymous"] = _volume_at(filling, "removed-without-volume", "/kept")
    filling.lose_container("removed-without-volume")


def _volume_at(filling: Filling, container: str, place: str) -> str:
    mounts = filling.engine.api.get(f"/containers/{container}/json")["Mounts"]
    return next(str(mount["Name"]) for mount in mounts if mount["Destination"] == place)
