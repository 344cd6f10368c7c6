"""Syncs one Docker root: reads it, writes its rows, and evaluates the rules on them."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from indexer.docker.files.scan import UNPROVEN
from indexer.docker.read_root import PreviousRoot, RootContents, read_root
from indexer.docker.root.top_links import is_behind
from indexer.index.cleanup import clean_up
from indexer.index.rows import add_missing, delete_rows, insert_rows, load_rows, put_rows
from indexer.integrity.statements import rules_key
from indexer.schema.placement import hosts, roots
from indexer.schema.records import changes, fingerprints, syncs
from indexer.sync.disk_usage.measure import forget_disk_use, write_disk_use
from indexer.sync.disk_usage.partition import nested_roots, settle_usage, write_partition
from indexer.sync.engine.change_log import ChangeLog
from indexer.sync.engine.fingerprints import load_fingerprints
from indexer.sync.engine.identity import key_of
from indexer.sync.engine.root_sync import RootSync, Sections, load_store_ids
from indexer.sync.engine.store_key import GRAPH_DRIVER
from indexer.sync.findings.doubts import settle_doubts
from indexer.sync.findings.evaluate import FindingEvaluator
from indexer.sync.findings.known_parts import mark_known_parts
from indexer.sync.tables.active_store import mark_active_store
from indexer.sync.tables.buildkit import write_build_caches
from indexer.sync.tables.containers import CONTAINERS_SECTION, write_containers
from indexer.sync.tables.graph_driver import previous_store
from indexer.sync.tables.others import write_others
from indexer.sync.tables.stores import CONTAINERD_SECTION, write_stores
from indexer.sync.tables.volumes import write_volumes

if TYPE_CHECKING:
    from indexer.docker.files.scan import Tick
    from indexer.docker.rules.finding import Finding
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row
    from indexer.sync.engine.options import OpenRoot, Options

_SECONDS_BETWEEN_PASSES: Final = 1.0
_MOST_EXTRA_PASSES: Final = 5
_STATES: Final = MappingProxyType({True: "running", False: "none", None: "unknown"})


class RootCounts(NamedTuple):
    """How many things the root has after its sync, and how many changes and problems."""

    images: int
    layers: int
    containers: int
    volumes: int
    changes: int
    problems: int


def sync_root(
    connection: Connection, root: OpenRoot, options: Options, at: str, tick: Tick
) -> tuple[RootSync, RootCounts]:
    """Make the rows of one root equal to its disk, as of `at` (UTC text).

    On a live engine, a finding that a race could explain is confirmed by a second pass before it is
    raised above *info*. So is an orphan that is younger than the engine. Returns the last pass.
    """
    root_id = key_of(options.host.name, root.path)
    previous_row = _stored_root(connection, root_id)
    log = ChangeLog(root_id, at, recording=previous_row is not None)
    start = RootSync(connection, root_id, root, options, at, log)
    evaluator = FindingEvaluator(start, previous_row)
    connection.written_tables.clear()
    connection.rows_written = 0
    sync = _evaluated_pass(start, evaluator, tick)
    for _ in range(_MOST_EXTRA_PASSES):
        # A pass can find new doubtful things, and each of them needs one more pass.
        if evaluator.settled:
            break
        time.sleep(_SECONDS_BETWEEN_PASSES)
        sync = _evaluated_pass(start, evaluator, lambda _: None)
    measured: list[Finding] = []
    if options.disk_use:
        containerd = root.containerd.root
        folder = None if containerd is None else containerd.folder
        measured, trees = write_disk_use(connection, root_id, root.folder, folder, tick)
        nested = nested_roots(connection, root_id, root.path, frozenset(options.root_paths))
        write_partition(connection, root_id, root, nested, trees, at)
        # The next sync has to put what was measured aside again.
        delete_rows(connection, fingerprints, [{"root_id": root_id, "section": CONTAINERD_SECTION}])
    else:
        forget_disk_use(connection, root_id)
    # Settling takes half of an unchanged sync of 1,500 images.
    if connection.rows_written or evaluator.is_due:
        settle_usage(connection, root_id)
    insert_rows(connection, changes, log.rows)
    problems = evaluator.write(measured)
    return sync, _counts(sync, problems)


def _evaluated_pass(start: RootSync, evaluator: FindingEvaluator, tick: Tick) -> RootSync:
    """Read the root, write its rows and evaluate the rules on them. Return the pass."""
    sync, contents = _one_pass(start, tick)
    settle_doubts(sync, contents)
    evaluator.evaluate(sync, contents)
    return sync


def _one_pass(start: RootSync, tick: Tick) -> tuple[RootSync, RootContents]:
    """Read the root and write its rows. Return the pass and what was read."""
    root = start.root
    previous_row = _stored_root(start.connection, start.root_id)
    sync = start._replace(stores=load_store_ids(start.connection, start.root_id))
    sync = sync._replace(previous_fingerprints=_valid_fingerprints(sync, previous_row))
    contents = read_root(
        root.folder,
        root.layout,
        root.containerd.root,
        PreviousRoot(
            {
                driver: previous_store(sync.previous_fingerprints, driver)
                for driver in (*root.layout.drivers, *root.layout.left)
            },
            sync.previous_fingerprints.get(CONTAINERD_SECTION, {}),
            sync.previous_fingerprints.get(CONTAINERS_SECTION, {}),
        ),
        tick,
        offline=sync.options.offline,
    )
    _write_root_row(sync, contents, previous_row)
    written = write_stores(sync, contents)
    sync = sync._replace(stores=written.store_ids)
    needs_cleanup = write_containers(sync, contents.containers) or written.needs_cleanup
    write_volumes(sync, contents.volumes)
    mark_active_store(sync, contents.newest_driver)
    write_build_caches(sync, contents)
    mark_known_parts(sync, contents)
    write_others(sync, contents)
    if needs_cleanup:
        clean_up(sync.connection)
    # A link that is not followed has one finding, and what lies behind it has none.
    of_containerd = (it for it in root.containerd.findings if not is_behind(it, root.layout.links))
    return sync, contents._replace(findings=(*contents.findings, *of_containerd))


def record_sync(sync: RootSync, counts: RootCounts, now: str) -> None:
    """Add the sync of a root, which ended `now` (UTC text), to the history."""
    row = {
        "root_id": sync.root_id,
        "started_at": sync.at,
        "finished_at": now,
        "version": sync.options.version,
        "env_values": int(sync.options.env_values),
        **counts._asdict(),
    }
    insert_rows(sync.connection, syncs, [row])


def _stored_root(connection: Connection, root_id: str) -> Row | None:
    return next(iter(load_rows(connection, roots, {"root_id": root_id})), None)


def _valid_fingerprints(sync: RootSync, previous_row: Row | None) -> Sections:
    """Load the fingerprints that are still valid under this sync's options."""
    if previous_row is None:
        return {}
    layout = sync.root.layout
    sections = load_fingerprints(sync.connection, sync.root_id)
    # The index has environment variables with or without their values.
    has_other_env = previous_row["env_values"] != int(sync.options.env_values)
    previous_drivers = {key.driver for key in sync.stores if key.kind == GRAPH_DRIVER}
    if has_other_env or previous_drivers != {*layout.drivers, *layout.left}:
        sections.pop(CONTAINERS_SECTION, None)
        # Whether containerd stores images or only their manifests depends on the graph drivers.
        names = sections.get(CONTAINERD_SECTION, {})
        sections[CONTAINERD_SECTION] = dict.fromkeys(names, UNPROVEN)
    if has_other_env:
        for driver in previous_drivers:
            sections.pop(f"{driver}/configs", None)
    return sections


def _write_root_row(sync: RootSync, contents: RootContents, previous_row: Row | None) -> None:
    host, engine, unknown = sync.options.host, contents.engine, contents.unknown.of_root
    host_row = {"host": host.name, "machine": host.machine, "first_seen_at": sync.at}
    add_missing(sync.connection, hosts, [host_row])
    build_cache_state = contents.buildkit.state
    row = {
        "root_id": sync.root_id,
        "host": host.name,
        "path": sync.root.path,
        "engine_id": _engine_id(contents, previous_row),
        "engine_path": _engine_path(contents, previous_row),
        "engine_started_at": engine.started_at,
        "engine_state": _STATES[engine.running],
        "engine_doubt": engine.doubt,
        "busy_since": contents.busy_since,
        "build_cache_state": None if build_cache_state == "absent" else build_cache_state,
        "rules_key": rules_key(),
        "containers_known": int("containers" not in unknown),
        "volumes_known": int("volumes" not in unknown),
        "links_below": sync.root.links_below,
        "env_values": int(sync.options.env_values),
        "first_seen_at": sync.at if previous_row is None else previous_row["first_seen_at"],
        "last_synced_at": sync.at,
    }
    put_rows(sync.connection, roots, [row])


def _engine_path(contents: RootContents, previous_row: Row | None) -> str | None:
    """The path of the root on its host, from a container that was read, else from the last sync."""
    records = contents.containers.scan.records.values()
    paths = (record.config.engine_path for record in records)
    path = next((path for path in paths if path is not None), None)
    return path or (None if previous_row is None else previous_row["engine_path"])


def _engine_id(contents: RootContents, previous_row: Row | None) -> str | None:
    """The ID of the engine, from the last sync if its file is there but cannot be read now."""
    is_unread = contents.engine_id is None and any(
        it.path == "engine-id" for it in contents.findings
    )
    return previous_row["engine_id"] if previous_row and is_unread else contents.engine_id


_COUNTS: Final = """
    SELECT
        (
            SELECT COUNT(DISTINCT i.engine_image_id)
            FROM store_images AS i
            JOIN stores AS s ON s.store_id = i.store_id
            WHERE s.root_id = :root_id
        ),
        (
            SELECT COUNT(DISTINCT l.chain_id)
            FROM store_layers AS l
            JOIN stores AS s ON s.store_id = l.store_id
            WHERE s.root_id = :root_id
        ),
        (SELECT COUNT(*) FROM containers WHERE root_id = :root_id),
        (SELECT COUNT(*) FROM volumes WHERE root_id = :root_id)
"""


def _counts(sync: RootSync, problems: int) -> RootCounts:
    ((images, layers, containers, volumes),) = sync.connection.rows(_COUNTS, sync.scope)
    return RootCounts(images, layers, containers, volumes, len(sync.log.rows), problems)
