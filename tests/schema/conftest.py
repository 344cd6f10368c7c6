"""Index files for the tests of this folder."""

import shutil
from pathlib import Path

import pytest

from tests.schema.sample import Sample, write_sample


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """An index of two hosts, for reading only."""
    return write_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture
def index(sample: Sample, tmp_path: Path) -> Path:
    """A copy of the sample's index that a test may change."""
    return Path(shutil.copy(sample.path, tmp_path / "index.db"))
