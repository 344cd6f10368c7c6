"""`make bench`: times of dockidx and of tar and find on the same root, side by side in one run.

Every figure is a ratio of medians, taken in turns so that a busy machine slows both sides alike.
"""

import argparse
import compileall
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from indexer.index.sqlite_file import reading_connection
from indexer.queries.catalogue import catalogue
from indexer.queries.run import run_query
from tests.bench.bench_root import write_bench_root
from tests.rootbuilder import RootBuilder

DOCKIDX = os.path.join(os.path.dirname(sys.executable), "dockidx")
START_SECONDS = 0.4


class Figure(NamedTuple):
    """One line of the report."""

    what: str
    measured: float
    allowed: float
    unit: str


def main() -> None:
    """Make the root if it is not there, measure, and print the report."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--folder", type=Path, default=Path(".bench"))
    parser.add_argument("--images", type=int, default=1500)
    parser.add_argument("--layers", type=int, default=6300)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--tenfold", action="store_true", help="measure a root ten times as large")
    options = parser.parse_args()
    # As an installed program is; where Python may not write byte code, a checkout is not.
    compileall.compile_dir("indexer", quiet=1)
    root = written(options.folder, options.images, options.layers)
    index = options.folder / "index.db"
    print(f"{'':44} {'measured':>9} {'allowed':>9}")
    figures = (
        *syncs(root, index, options.runs),
        *disk_use(root, index, options.runs),
        *starts(options.runs),
        *queries(index),
        *(tenfold(root, index, options) if options.tenfold else ()),
    )
    for figure in figures:
        mark = "" if figure.measured <= figure.allowed else "  over"
        print(
            f"{figure.what:44} {figure.measured:9.2f} {figure.allowed:9.2f} {figure.unit}{mark}",
            flush=True,
        )


def written(folder: Path, images: int, layers: int) -> Path:
    """The bench root of this size, which is made where it is not there yet."""
    root = folder / f"root-{images}-{layers}"
    if not root.is_dir():
        print(f"Writing {root} …", file=sys.stderr)
        write_bench_root(root, images, layers)
    return root


def tenfold(root: Path, index: Path, options: argparse.Namespace) -> list[Figure]:
    """The first sync of a root ten times as large: its time against that of `root`, its memory."""
    large = written(options.folder, 10 * options.images, 10 * options.layers)
    other = index.with_name("index-large.db")
    one_seconds, ten_seconds = in_turns(
        3, lambda: first_sync(root, index), lambda: first_sync(large, other)
    )
    megabytes = first_sync(large, other)
    return [
        Figure("first sync of ten times as much", ten_seconds / one_seconds, 12, "times"),
        Figure("its peak memory", megabytes, 500, "MB"),
    ]


def first_sync(root: Path, index: Path) -> float:
    """Sync `root` into a new index; returns the peak of the process's memory in MB."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{index}{suffix}").unlink(missing_ok=True)
    process = subprocess.Popen(
        sync_command(root, index), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise subprocess.CalledProcessError(status, process.args)
    return usage.ru_maxrss / 1000


def sync_command(root: Path, index: Path) -> list[str]:
    """The command that syncs `root` into `index`."""
    return [DOCKIDX, "sync", "--db", str(index), "--root", str(root), "--host", "bench"]


def syncs(root: Path, index: Path, runs: int) -> list[Figure]:
    """The first sync against tar, the later ones against find."""
    image = root / "image"
    tar = ["sh", "-c", f"tar -C '{root}' -cf - image/ | cat >/dev/null"]
    find = ["sh", "-c", f"find '{image}' | wc -l >/dev/null"]
    sync = sync_command(root, index)
    first_sync(root, index)
    tar_seconds, first_seconds = in_turns(runs, lambda: run(tar), lambda: first_sync(root, index))
    find_seconds, same_seconds = in_turns(runs, lambda: run(find), lambda: run(sync))
    pulled_seconds = after_pulls(root, sync, runs)
    allowed_same = 2.5 * find_seconds + START_SECONDS
    return [
        Figure("first sync / tar", first_seconds / tar_seconds, 1.5, "times"),
        Figure("unchanged sync", same_seconds, allowed_same, "s (2.5 find + 0.4)"),
        Figure("sync after one image / unchanged", pulled_seconds / same_seconds, 1.2, "times"),
        Figure("tar", tar_seconds, tar_seconds, "s"),
        Figure("find", find_seconds, find_seconds, "s"),
        Figure("first sync", first_seconds, first_seconds, "s"),
    ]


def after_pulls(root: Path, sync: list[str], runs: int) -> float:
    """The median time of a sync with one new image of two layers on the disk."""
    copy = root.parent / "root-growing"
    shutil.rmtree(copy, ignore_errors=True)
    subprocess.run(["cp", "-a", str(root), str(copy)], check=True)
    command = [str(copy) if word == str(root) else word for word in sync]
    run(command)
    run(command)
    builder = RootBuilder(copy)
    seconds = []
    for number in range(runs):
        layers = [f"one {number}".encode(), f"two {number}".encode()]
        builder.image(layers, tag=f"pulled:{number}")
        time.sleep(0.1)
        seconds.append(timed(lambda: run(command)))
        run(command)
    shutil.rmtree(copy)
    return statistics.median(seconds)


def disk_use(root: Path, index: Path, runs: int) -> list[Figure]:
    """What measuring adds to a sync, against du on the same folder."""
    du = ["du", "-s", str(root / "overlay2")]
    sync = sync_command(root, index)
    seconds: dict[str, list[float]] = {"du": [], "cold": [], "again": [], "without": []}
    for _ in range(runs):
        first_sync(root, index)
        seconds["du"].append(timed(lambda: run(du)))
        seconds["cold"].append(timed(lambda: run([*sync, "--du"])))
        seconds["again"].append(timed(lambda: run([*sync, "--du"])))
        seconds["without"].append(timed(lambda: run(sync)))
    middle = {name: statistics.median(times) for name, times in seconds.items()}
    added = {name: middle[name] - middle["without"] for name in ("cold", "again")}
    return [
        Figure("--du on a cold index adds / du -s", added["cold"] / middle["du"], 1.2, "times"),
        Figure("--du again adds / du -s", added["again"] / middle["du"], 0.2, "times"),
        Figure("du -s", middle["du"], middle["du"], "s"),
    ]


def starts(runs: int) -> list[Figure]:
    """How long the program takes to say something that needs no index."""
    return [
        Figure("dockidx --help", median(runs, lambda: run([DOCKIDX, "--help"])), 0.15, "s"),
        Figure("dockidx query", median(runs, lambda: run([DOCKIDX, "query"])), 0.35, "s"),
    ]


def queries(index: Path) -> list[Figure]:
    """The slowest canned query, asked about one image or directory where it can be."""
    with reading_connection(str(index)) as connection:
        tag = connection.value(
            "SELECT r.familiar_name || ':' || t.tag FROM tags AS t "
            "JOIN repositories AS r ON r.repository = t.repository ORDER BY t.tag LIMIT 1"
        )
        directory = connection.value("SELECT MIN(directory) FROM directories")
        given = {"image": tag, "images": tag, "directory": directory}
        times = {}
        for name, query in catalogue().items():
            values = {p.name: given[p.name] for p in query.parameters if p.name in given}
            times[name] = median(
                3, lambda q=query, v=values: list(run_query(connection, q, v).rows)
            )
    slowest = max(times, key=lambda name: times[name])
    return [Figure(f"slowest query ({slowest})", times[slowest], 0.1, "s")]


def in_turns(
    runs: int, one: Callable[[], object], other: Callable[[], object]
) -> tuple[float, float]:
    """The median seconds of both, run in turns."""
    pairs = [(timed(one), timed(other)) for _ in range(runs)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def median(runs: int, work: Callable[[], object]) -> float:
    """The median seconds of `work`."""
    return statistics.median(timed(work) for _ in range(runs))


def timed(work: Callable[[], object]) -> float:
    """The seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def run(command: list[str]) -> None:
    """Run a command to its end, without its output."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
