"""What a killed engine leaves behind is found, all of it, and nothing else is called an orphan."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.engine.harness import archives
from tests.engine.harness.crashing import Work, kill_during, layer_writes, new_directories, removal
from tests.engine.harness.dockerd import Engine, availability
from tests.engine.harness.fill_images import BASE
from tests.engine.harness.index_answers import Index
from tests.engine.harness.registry import Registry
from tests.engine.harness.unnamed import crashed_writes, directories, id_space, unnamed
from tests.requirements import need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.engine.conftest import FilledEngine
    from tests.engine.harness.index_answers import Row

DOCKERFILE = f"""
FROM {BASE}
COPY content /copied
RUN dd if=/dev/zero of=/made bs=1000000 count=8
COPY content /again
"""
OF_BUILDKIT = re.compile(r"[0-9a-z]{25}")


class Look(NamedTuple):
    """What the index and the walk found at one moment, `running` with the engine on the root."""

    moment: str
    running: bool
    orphans: list[Row]
    unnamed: set[str]
    owners: dict[str, str]
    crashed_writes: dict[str, int]
    counted: Row

    @property
    def names(self) -> set[str]:
        """The names of the orphans."""
        return {row["directory"] for row in self.orphans}


class Crashed(NamedTuple):
    """An engine's story: looks after each crash and each start, and what a prune left at last."""

    driver: str
    looks: list[Look]
    pruned: set[str]


@pytest.fixture(scope="module", params=["overlay2", "vfs"])
def crashed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crashed]:
    """Kill an engine in the middle of all that makes or removes directories."""
    missing = availability()
    need(missing is None, missing or "")
    folder = tmp_path_factory.mktemp("crashed")
    try:
        with Registry(folder / "registry") as registry, Engine(folder, request.param) as engine:
            yield _crash(engine, registry, Index(folder / "index.db", engine.data_root))
    finally:
        shutil.rmtree(folder)


def _crash(engine: Engine, registry: Registry, index: Index) -> Crashed:
    pull = _prepare(engine, registry)
    looks = [_look(index, engine, "healthy")]
    for moment, work, sign in _interruptions(pull):
        kill_during(engine, work, sign(engine))
        looks.append(_look(index, engine, f"{moment}, killed"))
        engine.start()
        looks.append(_look(index, engine, f"{moment}, restarted"))
    engine.docker("system", "prune", "--all", "--force", "--volumes")
    engine.docker("builder", "prune", "--all", "--force")
    looks.append(_look(index, engine, "pruned"))
    return Crashed(engine.driver, looks, directories(engine.data_root, engine.driver))


def _prepare(engine: Engine, registry: Registry) -> Work:
    """Make a base, an image of many files, and one in the registry; give the work to pull that."""
    engine.docker("import", "-", BASE, data=archives.base_layer())
    engine.docker("load", data=_image("case/many:1", [_small_files(8_000)]))
    remote = f"{registry.name}/team/pulled:1"
    engine.docker("load", data=_image(remote, [_random() for _ in range(3)]))
    engine.docker("push", remote)
    engine.docker("image", "rm", remote)
    return Work(("pull", remote))


def _interruptions(
    pull: Work,
) -> Iterator[tuple[str, Work, Callable[[Engine], Callable[[], bool]]]]:
    """What to interrupt, and the sign at which to do it."""
    load = Work(("load",), _image("case/loaded:1", [_random() for _ in range(3)]))
    context = {"Dockerfile": DOCKERFILE.encode(), "content": os.urandom(8_000_000)}
    options = ("--network", "none", "--no-cache", "--tag", "case/built:1", "-")
    build = Work(("build", *options), archives.layer(context))
    for count in (1, 2):
        yield f"load {count}", load, lambda engine, count=count: layer_writes(engine, count)
        yield f"pull {count}", pull, lambda engine, count=count: layer_writes(engine, count)
        yield f"build {count}", build, lambda engine, count=count: layer_writes(engine, count)
    with_buildkit = build._replace(buildkit=True)
    for count in (1, 2, 3):
        moment = f"BuildKit {count}"
        yield moment, with_buildkit, lambda engine, count=count: new_directories(engine, count)
    yield "removal", Work(("image", "rm", "case/many:1")), removal


def _image(tag: str, layers: list[bytes]) -> bytes:
    return archives.image_archive(archives.config(layers), layers, tag)


def _random() -> bytes:
    return archives.layer({f"random/{number}": os.urandom(1_500_000) for number in range(4)})


def _small_files(count: int) -> bytes:
    return archives.layer({f"small/{number % 80}/{number}": b"small" for number in range(count)})


def _look(index: Index, engine: Engine, moment: str) -> Look:
    index.sync()
    rows = index.query("directories")
    usage = {row["category"]: row for row in index.query("disk-usage")}
    return Look(
        moment,
        engine.pid is not None,
        index.query("orphan-directories"),
        unnamed(engine.data_root, engine.driver),
        {row["directory"]: row["owner_kind"] for row in rows},
        crashed_writes(engine.data_root, engine.driver),
        usage["crashed-writes"],
    )


def test_crashes_leave_orphans(crashed: Crashed) -> None:
    """Loads, pulls and builds that were killed left directories, and a healthy engine had none."""
    healthy, *later = crashed.looks
    assert healthy.unnamed == healthy.names == set()
    assert len(later[-1].unnamed) >= 4


def test_orphans_are_what_nothing_names(crashed: Crashed) -> None:
    """What no file and no database mentions is an orphan, whether or not the engine runs again.

    A database of BuildKit may mention more than it holds, in free pages and in leases of what was
    never made; nothing else may be an orphan beside.
    """
    for look in crashed.looks:
        assert look.unnamed <= look.names, look.moment
        beside = look.names - look.unnamed
        assert [name for name in beside if not OF_BUILDKIT.fullmatch(name)] == [], look.moment


def test_an_orphan_stays_one(crashed: Crashed) -> None:
    """No orphan gets a name later, and no prune of the engine reaches one."""
    for look in crashed.looks:
        assert look.names <= crashed.looks[-1].names, look.moment
        assert look.names <= crashed.pruned, look.moment


def test_what_is_older_than_its_engine_is_certain(crashed: Crashed) -> None:
    """An engine that was restarted at once knows nothing of what it left.

    There is no doubt but where the kill left records of the build cache that contradict each other.
    """
    for look in crashed.looks:
        unsure = [row["reason"] for row in look.orphans if row["confidence"] != "certain"]
        assert all(", but buildkit/" in reason for reason in unsure), (look.moment, unsure)
        assert "in-progress" not in look.owners.values(), look.moment


def test_crashed_writes_are_counted(crashed: Crashed) -> None:
    """Each layer write that was cut short is counted, whether or not the engine runs again."""
    for look in crashed.looks:
        assert look.counted["items"] == len(look.crashed_writes), look.moment
        assert look.counted["size_bytes"] == sum(look.crashed_writes.values()), look.moment
    assert len(crashed.looks[-1].crashed_writes) >= 4


def test_what_a_crash_leaves_named_has_another_owner(crashed: Crashed) -> None:
    """A cut removal owns its directory, and so does the container of a build that was killed."""
    healthy, *_, restarted, _ = crashed.looks
    assert set(healthy.owners.values()) == {"image-layer"}
    assert "removing" in restarted.owners.values()
    assert "other-mount" in restarted.owners.values()


def test_every_directory_has_one_owner(crashed: Crashed) -> None:
    """All directories are listed, and as orphans those of the list of orphans."""
    for look in crashed.looks:
        orphans = {name for name, owner in look.owners.items() if owner == "orphan"}
        assert orphans == look.names, look.moment
    assert crashed.looks[-1].owners.keys() == crashed.pruned


@pytest.mark.parametrize(
    ("driver", "owner"), [("overlay2", ("orphan", "likely")), ("vfs", ("undetermined", None))]
)
def test_what_is_younger_than_its_engine_is_doubtful(
    driver: str, owner: tuple[str, str | None], tmp_path: Path
) -> None:
    """A directory that came while the engine runs is a likely orphan, with vfs perhaps a copy."""
    missing = availability()
    need(missing is None, missing or "")
    with Engine(tmp_path, driver) as engine:
        engine.docker("import", "-", BASE, data=archives.base_layer())
        index = Index(tmp_path / "index.db", engine.data_root)
        young = id_space(engine.data_root, driver) / ("0" * 64)
        young.mkdir()
        index.sync()
        running = _owner(index, young.name)
        engine.stop()
        index.sync()
        stopped = _owner(index, young.name)

    assert running == owner
    assert stopped == ("orphan", "certain")


def _owner(index: Index, directory: str) -> tuple[str, str | None]:
    """The owner kind of a directory and, where it is an orphan, how sure that is."""
    row = index.query("directory-owner", directory=directory)[0]
    sure = {it["directory"]: it["confidence"] for it in index.query("orphan-directories")}
    return row["owner_kind"], sure.get(directory)


def test_a_filled_overlay2_engine_has_no_orphan(
    filled_overlay2: FilledEngine, tmp_path: Path
) -> None:
    """Of a healthy overlay2 engine with every kind of image and container nothing is an orphan."""
    _check_healthy(filled_overlay2, tmp_path)


def test_a_filled_vfs_engine_has_no_orphan(filled_vfs: FilledEngine, tmp_path: Path) -> None:
    """Of a healthy vfs engine with every kind of image and container nothing is an orphan."""
    _check_healthy(filled_vfs, tmp_path)


def _check_healthy(filled: FilledEngine, folder: Path) -> None:
    index = Index(folder / "index.db", filled.data_root)
    index.sync()
    owners = {row["directory"]: row["owner_kind"] for row in index.query("directories")}
    assert index.query("orphan-directories") == []
    assert owners.keys() == directories(filled.data_root, filled.engine.driver)
    kinds = {"image-layer", "container-rw", "container-init", "build-cache"}
    assert set(owners.values()) == kinds
    assert unnamed(filled.data_root, filled.engine.driver) == set()
