"""`make release`: build the wheel and the source archive, and try both where nothing else is.

The version is `VERSION` in `indexer/__init__.py`. A tag is only compared with it, so that a clone
without tags can be built too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from indexer import VERSION
from tests.roots import unpack

if TYPE_CHECKING:
    from collections.abc import Collection

PROJECT = Path(__file__).parents[2]
DIST = PROJECT / "dist"
ROOT = "26.1.5-overlay2"


def refusal(version: str, tags: Collection[str], changelog: str) -> str | None:
    """Why a commit that has `tags` is no release of `version`; None where nothing speaks against.

    A commit without a tag is no release yet, and nothing is asked of it.
    """
    versions = sorted(tag for tag in tags if tag.startswith("v"))
    if not versions:
        return None
    if versions != [f"v{version}"]:
        return (
            f"This commit has the tag {', '.join(versions)}, but VERSION in indexer/__init__.py is "
            f"{version!r}; make them equal."
        )
    if not any(line.startswith(f"## {version}") for line in changelog.splitlines()):
        return f"CHANGELOG.md has no section '## {version}'; rename 'Unreleased' and commit it."
    return None


def main() -> None:
    """Build, try and report."""
    tags = _git("tag", "--points-at", "HEAD").split()
    reason = refusal(VERSION, tags, (PROJECT / "CHANGELOG.md").read_text())
    if tags and reason is None and _git("status", "--porcelain"):
        reason = "There are changes that are not committed; the tag does not have them."
    if reason is not None:
        sys.exit(f"Error: {reason}")
    shutil.rmtree(DIST, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "build", "--quiet", PROJECT], check=True)
    for archive in sorted(DIST.iterdir()):
        _try(archive)
    print(f"dist/ has dockidx {VERSION}, built and tried.")
    if not tags:
        print(f"This commit has no tag. To release it: git tag v{VERSION}")


def _git(*words: str) -> str:
    done = subprocess.run(
        ["git", "-C", PROJECT, *words], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def _try(archive: Path) -> None:
    """Install `archive` into an environment of its own, away from the project, and use it."""
    print(f"Trying {archive.name} …", flush=True)
    with tempfile.TemporaryDirectory(prefix="dockidx-release-") as folder:
        place = Path(folder)
        _run(place, sys.executable, "-m", "venv", "venv")
        _run(place, "venv/bin/pip", "install", "--quiet", archive)
        _run(place, "venv/bin/pip", "check")
        unpack(ROOT, place)
        dockidx = ("venv/bin/dockidx",)
        assert _run(place, *dockidx, "--version").split()[-1] == VERSION
        _run(place, *dockidx, "sync", "--root", "docker", "--host", "trial", "--db", "index.db")
        rows = _run(place, *dockidx, "query", "images", "--format", "csv", "--db", "index.db")
        assert len(rows.splitlines()) > 1, "The query images has no row."
        _run(place, *dockidx, "trace", "lab/app-b:1.0", "--db", "index.db")
        _run(place, "venv/bin/python", "-c", "from indexer.web.serve import open_site")
        assert (place / "venv/share/man/man1/dockidx.1").is_file(), "The man page is missing."


def _run(place: Path, *command: str | Path) -> str:
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"Error: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
