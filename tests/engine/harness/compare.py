"""Lays an index of a Docker root beside what the engine of that root says, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.harness.compare_containers import compare_containers
from tests.engine.harness.compare_disk_use import compare_disk_use
from tests.engine.harness.compare_images import compare_images
from tests.engine.harness.compare_layers import compare_layers
from tests.engine.harness.compare_manifests import compare_manifests
from tests.engine.harness.compare_volumes import compare_volumes
from tests.engine.harness.comparison import Comparison

if TYPE_CHECKING:
    from tests.engine.harness.answers import Answers
    from tests.engine.harness.index_answers import Index


def compare(
    index: Index,
    answers: Answers,
    *,
    measured: bool = False,
    comparison: Comparison | None = None,
) -> Comparison:
    """Compare every image, layer, container and volume of both, the build cache and disk usage.

    `measured` says that the index was made with `--du`, so that it knows all sizes. Else it has to
    be made after the engine was asked: see `compare_disk_use`.
    Paths that the engine gives below its own data root are taken as below the root that the index
    was made from. The result is a new comparison, or the one that was given, gone on with.
    """
    comparison = comparison or Comparison()
    for compare_kind in (
        *(compare_images, compare_layers, compare_manifests),
        *(compare_containers, compare_volumes),
    ):
        compare_kind(comparison, index, answers)
    compare_disk_use(comparison, index, answers, measured=measured)
    return comparison
