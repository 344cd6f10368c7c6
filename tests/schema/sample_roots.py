"""What the Docker roots of the sample hold."""

from __future__ import annotations

from typing import Final

from tests.rootbuilder import EMPTY_LAYER, BuiltImage, MountSpec, RootBuilder, layer
from tests.rootbuilder.containers import ZERO_TIME
from tests.rootbuilder.files import go_json, make_directory, replace_file

MANIFEST: Final = f"sha256:{'a' * 64}"
_BASE_MANIFEST: Final = f"sha256:{'9' * 64}"
_REPOSITORY: Final = "docker.io/library/base"
_ANONYMOUS: Final = "f" * 64
# More than 32 bits hold, alone and in sum.
_HUGE: Final = 3 << 30
_APP_NAMES: Final = ("app:latest", "app:1-1", "app:1.1", "app:V_1", "app:v", "app-2:1", "a/pp:1")
_MOUNTS: Final = (
    MountSpec("/data", name="data"),
    MountSpec("/Data", name=_ANONYMOUS),
    MountSpec("/etc/app", source="/srv/app", type="bind", read_only=True),
    MountSpec("/tmp", type="tmpfs"),
)


def common_base(root: RootBuilder) -> BuiltImage:
    """Add an image that has the same ID in every root, its blobs and its digest."""
    base = root.image(
        [layer({"bin/sh": b"sh"})._replace(size=_HUGE), EMPTY_LAYER],
        tag="base:1",
        labels={"team": "blau", "Team": "grün"},
        env=["A=1", "EMPTY="],
        created="2026-01-01T00:00:00Z",
    )
    root.digest_reference(base, f"base@{_BASE_MANIFEST}")
    for digit in "bc":
        root.distribution(base.diff_ids[0], f"sha256:{digit * 64}", _REPOSITORY)
    root.distribution(base.diff_ids[0], f"sha256:{'b' * 64}", "localhost:5000/base", hmac="x")
    return base


def fill_first(root: RootBuilder, base: BuiltImage) -> BuiltImage:
    """Add images of every kind of name, containers of every kind of life, and volumes."""
    root.engine_id()
    step = root.image([b"step"], base=base, parent=base, built_locally=True)
    app = root.image([b"app", EMPTY_LAYER, b"app"], base=step, parent=step, tag="app:1")
    root.digest_reference(app, f"app@{MANIFEST}")
    for name in _APP_NAMES:
        root.tag(app, name)
    for number, repository in enumerate(("", "docker.io/library/untimed", "")):
        untimed = root.image([b"untimed %d" % number], created=ZERO_TIME)
        root.distribution(untimed.diff_ids[0], f"sha256:{'d' * 64}", repository)
    root.image(tag="bare:1", fields={"history": None, "created": ZERO_TIME})
    _run(root, base, app)
    root.volume("data")
    root.volume("Data", {"type": "tmpfs", "device": "tmpfs", "o": "size=8m"})
    root.volume(_ANONYMOUS)
    for digit in "01":
        root.driver.create(digit * 64, None)
    return app


def _run(root: RootBuilder, base: BuiltImage, app: BuiltImage) -> None:
    for name in ("Web", "api", "_worker", "web"):
        root.container(name, app, running=True, image_name="app:1", mounts=_MOUNTS, log=["up"])
    root.container("by-id", base, started=False, image_name=base.image_id[7:19])
    root.container("by-digest", base, exit_code=3, image_name=f"base@{_BASE_MANIFEST}")
    root.container("timeless", base, fields={"Created": ZERO_TIME})
    for number in range(2):
        fields = {"Name": "", "Created": ZERO_TIME}
        root.container(f"{number}", app, image_name="app:1", mounts=_MOUNTS, fields=fields)
    root.container("imageless", app, fields={"Image": "", "Driver": "other"})


def go_on(root: RootBuilder, app: BuiltImage) -> None:
    """Move tags on, untag, and break files."""
    new = root.image([b"new"], base=app, tag="app:1")
    root.untag("app:latest")
    root.tag(new, "app:2")
    blobs = root.store / "distribution/v2metadata-by-diffid" / new.diff_ids[-1].replace(":", "/")
    make_directory(blobs.parent)
    replace_file(blobs, go_json([{"Digest": f"sha256:{'d' * 64}"}]))
    replace_file(root.image_path(f"sha256:{'1' * 64}"), b"{")
    replace_file(root.image_path("sha256:Ünï"), b"not of a digest")
    (root.path / "containers" / root.new_id("container", "api") / "hostconfig.json").unlink()


def fill_second(root: RootBuilder, base: BuiltImage) -> None:
    """Add what a host has whose engine is older than 23.0: no engine ID, and other images."""
    step = root.image([b"step"], base=base, parent=base)
    root.image([b"other app"], base=step, parent=step, tag="app:1", created=ZERO_TIME)
    root.image([b"twin"], base=step, tag="twin:1")
    root.container("web", base, image_name="base")
