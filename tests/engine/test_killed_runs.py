"""A test run that is killed leaves nothing running of what it started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.harness.dockerd import availability
from tests.engine.harness.holding import PROGRAMS
from tests.engine.harness.leftovers import Process, running, wait_for_end
from tests.postgres.server import programs
from tests.requirements import need
from tests.web.test_browser import CHROMIUM

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE = 60


def missing(name: str) -> str | None:
    """Say in one sentence what this machine lacks for a program; None when nothing is."""
    if name in ("engine", "registry"):
        return availability()
    if name == "postgres" and programs() is None:
        return "PostgreSQL is not installed."
    if name == "chromium" and not os.path.exists(CHROMIUM):
        return f"{CHROMIUM} is not there; install the package chromium."
    return None


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Process]]:
    """The processes of each program that a run had started when it was killed."""
    folder = tmp_path_factory.mktemp("held")
    names = [name for name in PROGRAMS if missing(name) is None]
    command = (sys.executable, "-m", "tests.engine.harness.holding", str(folder), *names)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        try:
            line = run.stdout.readline() if run.stdout else ""
        finally:
            run.kill()
    found = json.loads(line)
    return {name: [Process(*fields) for fields in found[name]] for name in found}


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_a_killed_run_started_ends(name: str, started: Mapping[str, list[Process]]) -> None:
    """Of SIGKILL a run learns nothing; all processes end without it, and mounts are undone."""
    reason = missing(name)
    need(reason is None, reason or "")
    wait_for_end(started[name], PATIENCE)

    assert started[name]
    assert [process for process in started[name] if running(process)] == []


def test_no_mount_of_an_engine_stays(
    started: Mapping[str, list[Process]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Those of containers that ran, and those of an engine that had been killed before."""
    reason = missing("engine")
    need(reason is None, reason or "")
    wait_for_end(started["engine"], PATIENCE)
    place = tmp_path_factory.getbasetemp() / "held0"

    assert (place / "engine" / "docker").is_dir()
    assert str(place) not in Path("/proc/self/mountinfo").read_text()
