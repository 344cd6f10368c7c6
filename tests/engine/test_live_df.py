"""`docker system df` of a live engine, and the same figures from its root alone."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.engine.harness.answers import Answers
from tests.engine.harness.archives import base_layer
from tests.engine.harness.compare import compare
from tests.engine.harness.df_figures import df_figures, printed
from tests.engine.harness.dockerd import Engine, availability
from tests.engine.harness.fill_images import BASE
from tests.engine.harness.filling import Filling
from tests.engine.harness.index_answers import Index
from tests.engine.harness.registry import Registry
from tests.requirements import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engine.conftest import FilledEngine

BUILDS = {
    "cached": f"FROM {BASE}\nRUN --mount=type=cache,target=/c echo kept > /c/kept; rm /bin/id\n",
    "copied": f"FROM {BASE}\nCOPY content /content\nRUN echo more >> /content\n",
    "staged": f"FROM {BASE} AS one\nRUN echo 1 > /one\nRUN echo 2 > /two\n"
    f"FROM {BASE}\nCOPY --from=one /two /two\n",
}


def test_all_figures_are_the_overlay2_engines(
    filled_overlay2: FilledEngine, tmp_path: Path
) -> None:
    """With --du every figure of `docker system df` on overlay2 follows from the root alone."""
    _check(filled_overlay2, tmp_path)


def test_all_figures_are_the_vfs_engines(filled_vfs: FilledEngine, tmp_path: Path) -> None:
    """With --du every figure of `docker system df` on vfs follows from the root alone."""
    _check(filled_vfs, tmp_path)


def _check(filled: FilledEngine, folder: Path) -> None:
    answers = filled.answers()
    index = Index(folder / "index.db", filled.data_root)
    index.sync("--du")
    comparison = compare(index, answers, measured=True)
    assert comparison.mismatches == []
    said = filled.engine.docker("system", "df", "--format", "{{json .}}")
    assert printed(df_figures(answers)) == [json.loads(line) for line in said.splitlines()]


@pytest.fixture(params=["overlay2", "vfs"])
def built(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine with a build cache whose disk usage nobody has asked for."""
    missing = availability()
    need(missing is None, missing or "")
    (tmp_path / "filling").mkdir()
    try:
        with Registry(tmp_path / "registry") as registry, Engine(tmp_path, request.param) as engine:
            filling = Filling(engine, registry, tmp_path / "filling")
            filling.docker("import", "-", BASE, data=base_layer())
            for name, dockerfile in BUILDS.items():
                files = {"content": b"content" * 1000}
                filling.build(f"case/{name}:1", dockerfile, files=files, buildkit=True)
            yield engine
    finally:
        shutil.rmtree(tmp_path / "docker")


def test_a_build_cache_that_nobody_counted(built: Engine, tmp_path: Path) -> None:
    """What the engine has not counted is unknown until --du counts it, as the engine then does."""
    index = Index(tmp_path / "index.db", built.data_root)
    index.sync()
    unknown = {row["cache_id"] for row in index.query("build-cache") if row["size_bytes"] is None}
    assert unknown
    assert _figure(index) is None
    index.sync("--du")
    sizes = {row["cache_id"]: row["size_bytes"] for row in index.query("build-cache")}
    figure = _figure(index)
    index.sync()
    assert _figure(index) is None

    answers = Answers.from_engine(built)
    said = {record["ID"]: record["Size"] for record in answers.df_build_cache}

    assert sizes == said
    assert max(said[cache_id] for cache_id in unknown) >= 7000
    assert figure == df_figures(answers)["build-cache"].size_bytes
    index.sync()
    assert _figure(index) == figure


def _figure(index: Index) -> int | None:
    rows = {row["category"]: row["size_bytes"] for row in index.query("disk-usage")}
    size: int | None = rows["build-cache"]
    return size
