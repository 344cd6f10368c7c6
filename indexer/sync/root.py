"""One Docker root into its rows: its stores, containers, volumes and problems."""

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
from indexer.sync.engine.fingerprints import Sections, load_fingerprints
from indexer.sync.engine.identity import key_of
from indexer.sync.engine.store_key import GRAPH_DRIVER
from indexer.sync.findings.doubts import settle_doubts
from indexer.sync.findings.evaluate import FindingEvaluator
from indexer.sync.findings.known_parts import mark_known
from indexer.sync.tables.buildkit import write_build_caches
from indexer.sync.tables.containers import SECTION, StorePlaces, write_containers
from indexer.sync.tables.graph_driver import known_of
from indexer.sync.tables.others import write_others
from indexer.sync.tables.stores import CONTAINERD_SECTION, mark_active, stores_of, write_stores
from indexer.sync.tables.volumes import write_volumes

if TYPE_CHECKING:
    from indexer.docker.files.scan import Tick
    from indexer.docker.rules.finding import Finding
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row
    from indexer.sync.engine.options import OpenRoot, Options
    from indexer.sync.engine.store_key import StoreKey

_LOOK_SECONDS: Final = 1.0
_MOST_LOOKS: Final = 5
_STATES: Final = MappingProxyType({True: "running", False: "none", None: "unknown"})


class RootCounts(NamedTuple):
    """What a root holds after its sync, and what is new about it."""

    images: int
    layers: int
    containers: int
    volumes: int
    changes: int
    problems: int


def sync_root(
    connection: Connection, root: OpenRoot, options: Options, at: str, tick: Tick
) -> RootCounts:
    """Make the rows of one root equal to its disk, as of `at` (UTC text).

    Where an engine is running, what looks like an orphan and is younger than that engine, or breaks
    a rule in a way that a race can bring about, is looked at again after a moment.
    """
    root_id = key_of(options.host.name, root.path)
    former = next(iter(load_rows(connection, roots, {"root_id": root_id})), None)
    log = ChangeLog(root_id, at, recording=former is not None)
    evaluator = FindingEvaluator(connection, root_id, former)
    connection.written_tables.clear()
    found = _one_pass(connection, root_id, root, options, at, log, tick)
    settle_doubts(connection, root_id, found)
    evaluator.look(found, root.layout.left)
    for _ in range(_MOST_LOOKS):
        # A look can meet with others than the one before: each has to be met with twice.
        if evaluator.settled:
            break
        time.sleep(_LOOK_SECONDS)
        found = _one_pass(connection, root_id, root, options, at, log, lambda _: None)
        settle_doubts(connection, root_id, found)
        evaluator.look(found, root.layout.left)
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
    settle_usage(connection, root_id)
    insert_rows(connection, changes, log.rows)
    return _counts(connection, root_id, len(log.rows), evaluator.write(measured, at))


def _one_pass(
    connection: Connection,
    root_id: str,
    root: OpenRoot,
    options: Options,
    at: str,
    log: ChangeLog,
    tick: Tick,
) -> RootContents:
    former = next(iter(load_rows(connection, roots, {"root_id": root_id})), None)
    known = _known(connection, former, set(stores_of(connection, root_id)), root, options)
    found = read_root(
        root.folder,
        root.layout,
        root.containerd.root,
        PreviousRoot(
            {
                driver: known_of(known, driver)
                for driver in (*root.layout.drivers, *root.layout.left)
            },
            known.get(CONTAINERD_SECTION, {}),
            known.get(SECTION, {}),
        ),
        tick,
        offline=options.offline,
    )
    _write_root(connection, root_id, former, root, found, options, at)
    shrunk = write_stores(connection, root_id, root, found, known, options, at, log)
    shrunk |= write_containers(
        connection,
        root_id,
        StorePlaces.of_root(connection, root_id),
        found.containers,
        known.get(SECTION, {}),
        at,
        log,
        env_values=options.env_values,
    )
    write_volumes(connection, root_id, found.volumes, at, log, env_values=options.env_values)
    mark_active(connection, root_id, found.newest_driver, root.layout.left)
    write_build_caches(connection, root_id, found)
    mark_known(connection, root_id, root, found)
    write_others(connection, root_id, root, found)
    if shrunk:
        clean_up(connection)
    beside = (it for it in root.containerd.findings if not is_behind(it, root.layout.links))
    return found._replace(findings=(*found.findings, *beside))


def record_sync(
    connection: Connection, root_id: str, counts: RootCounts, options: Options, at: str, now: str
) -> None:
    """Note that a root was synced."""
    row = {
        "root_id": root_id,
        "started_at": at,
        "finished_at": now,
        "version": options.version,
        "env_values": int(options.env_values),
        **counts._asdict(),
    }
    insert_rows(connection, syncs, [row])


def _known(
    connection: Connection,
    former: Row | None,
    former_stores: set[StoreKey],
    root: OpenRoot,
    options: Options,
) -> Sections:
    """Fingerprints that are still valid under this sync's options."""
    if former is None:
        return {}
    sections = load_fingerprints(connection, former["root_id"])
    renewed = former["env_values"] != int(options.env_values)
    former_drivers = {key.driver for key in former_stores if key.kind == GRAPH_DRIVER}
    if renewed or former_drivers != {*root.layout.drivers, *root.layout.left}:
        sections.pop(SECTION, None)
        # Whether containerd holds images or only their manifests depends on the other stores.
        names = sections[CONTAINERD_SECTION]
        sections[CONTAINERD_SECTION] = dict.fromkeys(names, UNPROVEN)
    if renewed:
        for driver in former_drivers:
            sections.pop(f"{driver}/configs", None)
    return sections


def _write_root(
    connection: Connection,
    root_id: str,
    former: Row | None,
    root: OpenRoot,
    found: RootContents,
    options: Options,
    at: str,
) -> None:
    host = {"host": options.host.name, "machine": options.host.machine, "first_seen_at": at}
    add_missing(connection, hosts, [host])
    paths = [record.config.engine_path for record in found.containers.scan.records.values()]
    told = next((path for path in paths if path is not None), None)
    row = {
        "root_id": root_id,
        "host": options.host.name,
        "path": root.path,
        "engine_id": _engine_id(found, former),
        "engine_path": told if told or former is None else former["engine_path"],
        "engine_started_at": found.engine.started_at,
        "engine_state": _STATES[found.engine.running],
        "engine_doubt": found.engine.doubt,
        "busy_since": found.busy_since,
        "build_cache_state": None if found.buildkit.state == "absent" else found.buildkit.state,
        "rules_key": rules_key(),
        "containers_known": int("containers" not in found.unknown.of_root),
        "volumes_known": int("volumes" not in found.unknown.of_root),
        "links_below": options.links_below,
        "env_values": int(options.env_values),
        "first_seen_at": at if former is None else former["first_seen_at"],
        "last_synced_at": at,
    }
    put_rows(connection, roots, [row])


def _engine_id(found: RootContents, former: Row | None) -> str | None:
    """The engine's ID; the one known before where its file is there and cannot be read now."""
    is_unread = found.engine_id is None and any(it.path == "engine-id" for it in found.findings)
    return former["engine_id"] if former is not None and is_unread else found.engine_id


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


def _counts(connection: Connection, root_id: str, changed: int, problems: int) -> RootCounts:
    (row,) = connection.rows(_COUNTS, {"root_id": root_id})
    images, layers, containers, volumes = row
    return RootCounts(images, layers, containers, volumes, changed, problems)
