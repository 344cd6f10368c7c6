"""The support for live engines itself: what it fills, asks, saves and captures."""

from __future__ import annotations

import json
import tarfile
from typing import TYPE_CHECKING

from tests.engine.harness.answers import Answers
from tests.engine.harness.archives import base_layer
from tests.engine.harness.capture import capture
from tests.engine.harness.dockerd import Engine, availability
from tests.engine.harness.leftovers import descendants
from tests.requirements import need

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.conftest import FilledEngine


def test_engine_confirms_every_overlay2_case(filled_overlay2: FilledEngine) -> None:
    """The overlay2 engine lists what the filling recorded, and nothing that it removed."""
    _check_cases(filled_overlay2)


def test_engine_confirms_every_vfs_case(filled_vfs: FilledEngine) -> None:
    """The vfs engine lists what the filling recorded, and nothing that it removed."""
    _check_cases(filled_vfs)


def test_cases_are_what_their_names_say(filled_overlay2: FilledEngine) -> None:
    """Cases that the engine could silently turn into others still have their special feature."""
    answers = filled_overlay2.answers()
    images = {
        case: answers.image_inspect[key] for case, key in filled_overlay2.filled.images.items()
    }
    twins = images["same-layer-twice"]["RootFS"]["Layers"]
    assert len(twins) == len(set(twins)) + 1
    assert images["no-layers"]["RootFS"].get("Layers") is None
    assert images["digest-only"]["RepoTags"] == []
    assert len(images["several-digests"]["RepoDigests"]) == 2
    assert images["loaded"]["Parent"] == filled_overlay2.filled.images["loaded-parent"]
    assert images["untagged-in-use"]["RepoTags"] == images["tag-moved"]["RepoTags"] == []
    containers = filled_overlay2.filled.containers
    states = {c: answers.container_inspect[key]["State"] for c, key in containers.items()}
    assert states["paused"]["Status"] == "paused"
    assert states["exited-three"]["ExitCode"] == 3
    assert states["never-started"]["Status"] == "created"


def test_saved_answers_are_read_back_equal(filled_overlay2: FilledEngine, tmp_path: Path) -> None:
    """Answers that were saved to a folder are the ones the engine gave."""
    answers = filled_overlay2.answers()
    answers.save(tmp_path)
    assert Answers.from_folder(tmp_path) == answers


def test_manifests_beside_an_image_are_left_out(
    filled_overlay2: FilledEngine, tmp_path: Path
) -> None:
    """A folder that also holds images' manifests gives the images alone."""
    answers = filled_overlay2.answers()
    answers.save(tmp_path)
    path = tmp_path / "api-image-inspect.json"
    inspected = json.loads(path.read_text())
    path.write_text(json.dumps(inspected | {f"{next(iter(inspected))}#manifests": {}}))
    assert Answers.from_folder(tmp_path).image_inspect == answers.image_inspect


def test_capture_keeps_metadata_and_drops_content(
    filled_overlay2: FilledEngine, tmp_path: Path
) -> None:
    """A captured root has the engine's records and the folders of layers, but not their files."""
    capture(filled_overlay2.engine, tmp_path)
    with tarfile.open(tmp_path / "root.tar.gz") as archive:
        names = archive.getnames()
    assert "docker/image/overlay2/repositories.json" in names
    assert any(name.startswith("docker/overlay2/") and name.endswith("/diff") for name in names)
    assert not any("/diff/" in name or "/_data/" in name for name in names)
    truth = Answers.from_folder(tmp_path / "truth")
    assert set(truth.image_inspect) >= set(filled_overlay2.filled.images.values())


def test_killed_engine_starts_again_and_leaves_nothing(tmp_path: Path) -> None:
    """A killed engine comes up again on its root; closing it ends containers and undoes mounts."""
    missing = availability()
    need(missing is None, missing or "")
    with Engine(tmp_path, "overlay2") as engine:
        engine.docker("import", "-", "base", data=base_layer())
        options = ("--detach", "--network", "none", "--stop-signal", "KILL")
        container = engine.docker("run", *options, "base", "sleep", "100000")
        engine.kill()
        engine.start()
        assert engine.docker("ps", "--all", "--quiet", "--no-trunc") == container
        engine.docker("start", container)
        pid = engine.api.get(f"/containers/{container}/json")["State"]["Pid"]
        engine.kill()
        assert descendants(pid)
    assert not descendants(pid)
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        assert str(tmp_path) not in mounts.read()


def _check_cases(filled: FilledEngine) -> None:
    answers, cases = filled.answers(), filled.filled
    images = {image["Id"] for image in answers.images}
    containers = {container["Id"] for container in answers.containers}
    volumes = {volume["Name"] for volume in answers.volumes}
    assert images >= set(cases.images.values())
    assert containers == set(cases.containers.values())
    assert volumes >= set(cases.volumes.values())
    assert not (images | containers | volumes) & set(cases.gone.values())
    assert answers.driver == filled.engine.driver
    assert answers.data_root == str(filled.data_root)
