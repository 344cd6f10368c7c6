"""`make demo`: index a real Docker root that ships with the project and ask it three things."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.roots import unpack

ROOT = "26.1.5-overlay2"
FOLDER = Path(".demo")
DOCKIDX = Path(sys.executable).with_name("dockidx")
QUESTIONS = (
    (
        "`docker pull` printed 0729a52a2e43: Pull complete. What is that on the disk?",
        ["trace", "0729a52a2e43"],
    ),
    (
        "What do two images free together, that each alone frees 192 kB of?",
        ["query", "reclaim", "-p", "images=dfe84c87174f dbd95c220f85"],
    ),
    (
        "Which containers run an image that their tag no longer means?",
        ["query", "stale-containers"],
    ),
)


def main() -> None:
    """Unpack the root, index it, print the answers and how to go on."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    root = unpack(ROOT, FOLDER)
    index = ["--db", str(FOLDER / "index.db")]
    run("sync", "--root", str(root), "--host", "demo", *index)
    for question, command in QUESTIONS:
        print(f"\n{question}\n$ dockidx {' '.join(command)}\n", flush=True)
        run(*command, *index)
    print("\n`make serve` shows the index in a browser, at http://127.0.0.1:8001.")


def run(*arguments: str) -> None:
    """Run dockidx."""
    subprocess.run([DOCKIDX, *arguments], check=True)


if __name__ == "__main__":
    main()
