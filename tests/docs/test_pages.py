"""The README and the pages under docs/ say what is so: their commands run, their links lead on."""

import re
import shutil
from pathlib import Path

import pytest

from tests.docs import GENERATED, PAGES, PROJECT
from tests.docs.blocks import RUN_LANGUAGES, examples, languages
from tests.docs.not_run import NOT_RUN
from tests.docs.outputs import page_with_outputs
from tests.requirements import need

ALL_PAGES = [
    *PAGES,
    PROJECT / "CONTRIBUTING.md",
    *(PROJECT / "docs" / it for it in sorted(GENERATED)),
]
MOST_NOT_RUN = 10
MOST_README_LINES = 200


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_page_runs_and_prints_what_is_shown(page: Path) -> None:
    """`make docs` would change nothing in the page."""
    text = page.read_text()
    needs_curl = any(example.source.startswith("curl ") for example in examples(text))
    need(not needs_curl or shutil.which("curl") is not None, "curl is not installed.")

    assert page_with_outputs(text) == text


def test_what_is_not_run_is_in_a_page_and_little() -> None:
    """No exception outlives its command, and there are few of them."""
    shown = {example.source for page in PAGES for example in examples(page.read_text())}

    assert NOT_RUN.keys() <= shown
    assert len(NOT_RUN) <= MOST_NOT_RUN


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_block_of_commands_escapes(page: Path) -> None:
    """A block that is not run is data or a picture, and says so."""
    text = page.read_text()

    assert set(languages(text)) <= {*RUN_LANGUAGES, "text", "json", "mermaid", "ini"}
    for block in re.findall(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        assert not re.search(r"^(\$ )?(sudo )?dockidx ", block, re.MULTILINE)


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.stem)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    """Each relative link names a file of the project, and each anchor a heading of it."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page

        assert path.exists(), target
        assert not anchor or anchor in _anchors(path.read_text()), target


def test_the_readme_is_short() -> None:
    """Whoever meets the project reads it in one go."""
    assert len((PROJECT / "README.md").read_text().splitlines()) < MOST_README_LINES


def test_every_page_is_reachable_from_the_readme() -> None:
    """The README links every page under docs/."""
    readme = (PROJECT / "README.md").read_text()

    for page in (PROJECT / "docs").glob("*.md"):
        assert f"](docs/{page.name})" in readme


def test_the_glossary_is_in_order() -> None:
    """Entries stand in the order of the alphabet, each with a text."""
    text = (PROJECT / "docs/glossary.md").read_text()
    entries = re.findall(r"^\*\*(.+?)\*\*: .+", text, re.MULTILINE)

    assert entries == sorted(entries, key=str.lower)
    assert len(entries) == text.count("\n**")


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", ["guarantees", "how-it-works"])
def test_the_modules_and_tests_that_a_page_names_are_there(name: str) -> None:
    """A page about the code follows it when files move."""
    text = (PROJECT / f"docs/{name}.md").read_text()
    modules = {path.name for path in (PROJECT / "indexer").rglob("*.py")}
    paths = set(re.findall(r"`((?:tests|indexer|queries)/[\w./*-]+)`", text))
    files = set(re.findall(r"`(\w+\.py)`", text))

    assert paths | files
    assert [path for path in paths if not any(PROJECT.glob(path.rstrip("/")))] == []
    assert files <= modules
