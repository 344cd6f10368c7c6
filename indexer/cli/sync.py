"""`dockidx sync`."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from indexer.cli.completion import complete_host
from indexer.cli.options import db_option, index_path, require_folder
from indexer.cli.parameter_types import HOST, PATH
from indexer.cli.printing.formats import json_text, write_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.docker.files.scan import Tick
    from indexer.docker.host.containerd_config import ContainerdSetting
    from indexer.sync.engine.options import OpenRoot
    from indexer.sync.run import RootSummary, SyncSummary


@click.command()
@click.option(
    "--root",
    "paths",
    metavar="DIR",
    type=PATH,
    multiple=True,
    help="Docker root to read; can be given several times.  [default: the roots of this host]",
)
@click.option(
    "--containerd-root",
    "containerd",
    metavar="DIR",
    type=PATH,
    help="Root of the containerd that has the images.  [default: the one in or beside the root]",
)
@click.option(
    "--host",
    metavar="NAME",
    type=HOST,
    shell_complete=complete_host,
    help="Name of the machine that has the roots.  [default: the name of this machine]",
)
@click.option(
    "--du",
    "disk_use",
    is_flag=True,
    help="Measure the directories, containers and volumes on the disk.",
)
@click.option(
    "--follow-top-links",
    is_flag=True,
    help="Follow links that replace folders directly under a root.",
)
@click.option(
    "--system",
    metavar="DIR",
    type=PATH,
    help="Root folder of another system, e.g. a mounted disk, to find roots and follow links in.",
)
@click.option("--env-values", is_flag=True, help="Keep the values of environment variables.")
@click.option("--offline", is_flag=True, help="State that no engine runs on the roots.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as a JSON object.")
@db_option
def sync(
    paths: tuple[str, ...],
    containerd: str | None,
    host: str | None,
    disk_use: bool,
    follow_top_links: bool,
    system: str | None,
    env_values: bool,
    offline: bool,
    as_json: bool,
    db: str | None,
) -> None:
    """Bring the index up to date with the disk.

    \b
    Examples:
      sudo dockidx sync
      sudo dockidx sync --du
      dockidx sync --root /mnt/evidence/var/lib/docker --host web-1 --db case.db
      dockidx sync --root docker --containerd-root containerd --host web-1 --db case.db
      dockidx sync --system /mnt/evidence --follow-top-links --host web-1 --db case.db
    """
    path = index_path(db)
    if system is not None:
        require_folder(system)
    chosen, of_host = _chosen(paths, system or "/")
    links_below = (system or "/") if follow_top_links else None

    from indexer.sync.engine.identity import HostIdentity, host_of
    from indexer.sync.open_roots import OpenRoots
    from indexer.sync.run import sync as run_sync

    identity = HostIdentity(host, None) if host else host_of(system)
    opening = OpenRoots(chosen, containerd, of_host, links_below)
    with opening as roots, _progress(roots, disk_use) as tick:
        summary = run_sync(
            roots,
            path,
            identity,
            env_values=env_values,
            tick=tick,
            disk_use=disk_use,
            offline=offline,
        )
    if as_json:
        write_text(json_text(_as_object(summary)))
    else:
        for line in _lines(summary):
            click.echo(line, err=True)
    for refusal in opening.refusals:
        click.echo(f"Error: {refusal}", err=True)
    if opening.refusals:
        click.get_current_context().exit(1)


def _chosen(paths: tuple[str, ...], system: str) -> tuple[list[str], tuple[ContainerdSetting, ...]]:
    """The roots to read, and the containerd settings of the system where all roots are its own."""
    from indexer.docker.host.discovery import discover
    from indexer.docker.root.layout import AccessError, LayoutError

    found = discover(system)
    if paths:
        own = {root.path for root in found.roots}
        given = [os.path.realpath(path) for path in paths]
        return given, found.containerd if own.issuperset(given) else ()
    for notice in found.notices:
        click.echo(notice, err=True)
    if any(root.exists and root.readable for root in found.roots):
        # A root that cannot be read is named at the end.
        return [root.path for root in found.roots if root.exists], found.containerd
    if any(not root.readable for root in found.roots):
        names = ", ".join(root.path for root in found.roots)
        raise AccessError(f"{names} cannot be read: permission denied; run with sudo.")
    raise LayoutError(f"{found.nothing_found}; name one with --root.")


@contextmanager
def _progress(roots: list[OpenRoot], disk_use: bool) -> Iterator[Tick]:
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from indexer.docker.read_root import count_things

    length = 0
    for root in roots:
        beside = root.containerd.root
        folder = None if beside is None else beside.folder
        length += count_things(root.folder, root.layout, folder, measured=disk_use)
    with click.progressbar(
        length=length, label="Reading", file=sys.stderr, update_min_steps=max(1, length // 200)
    ) as bar:
        yield bar.update


def _as_object(summary: SyncSummary) -> dict[str, object]:
    return {
        "host": summary.host,
        "index": summary.index_path,
        "seconds": round(summary.seconds, 3),
        "roots": [
            {
                "path": root.path,
                "stores": list(root.stores),
                "containerd": root.containerd,
                "notice": root.notice,
                "engine": root.engine,
                "engine_doubt": root.engine_doubt,
                **root.counts._asdict(),
            }
            for root in summary.roots
        ],
    }


def _lines(summary: SyncSummary) -> Iterator[str]:
    doubts: dict[str, list[str]] = {}
    for root in summary.roots:
        yield f"{root.path} ({', '.join(root.stores) or 'no image store'}): {_counts(root)}."
        if root.notice is not None:
            yield root.notice
        if root.engine_doubt is not None:
            doubts.setdefault(root.engine_doubt, []).append(root.path)
        if root.counts.problems:
            yield "`dockidx query problems` shows what is wrong."
    for doubt, paths in doubts.items():
        yield (
            f"dockidx cannot tell whether an engine runs on {' and '.join(paths)}: {doubt}. So it "
            "calls leftovers likely, not certain; `--offline` states that no engine runs."
        )
    yield f"Indexed {summary.host} into {summary.index_path} in {summary.seconds:.1f} s."


def _counts(root: RootSummary) -> str:
    return ", ".join(f"{number} {name}" for name, number in root.counts._asdict().items())
