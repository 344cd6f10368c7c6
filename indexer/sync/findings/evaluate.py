"""Evaluates the rules after each pass, and writes `problems` once two passes agree."""

from __future__ import annotations

import logging
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from indexer.docker.rules import RULES
from indexer.index.connection import WRITTEN_ALWAYS
from indexer.index.rows import load_rows
from indexer.integrity.statements import Statement, rules_key, statements
from indexer.schema.placement import roots
from indexer.sync.engine.store_key import GRAPH_DRIVER
from indexer.sync.findings.concerned import with_concerned
from indexer.sync.findings.judge import UNREAD, Unread, due, judge
from indexer.sync.findings.nameless_layers import with_nameless_layers
from indexer.sync.findings.problems import (
    READER,
    Findings,
    load_problems,
    problem_id,
    write_problems,
)
from indexer.sync.tables.directories import likely_orphans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from indexer.docker.image_store.store import StoreScan
    from indexer.docker.read_root import RootContents
    from indexer.docker.rules.finding import Finding
    from indexer.schema.columns import Row
    from indexer.sync.engine.root_sync import RootSync

_COLUMNS_OF_RULES: Final = (
    "engine_state",
    "busy_since",
    "build_cache_state",
    "rules_key",
    "containers_known",
    "volumes_known",
)
"""The columns of `roots` that rules depend on."""

_TABLES_OF_PART: Final = (
    ("configs", ("images", "store_images", "image_layers")),
    ("metadata", ("store_images",)),
    ("layers", ("store_layers",)),
    ("mounts", ("mounts",)),
    ("diff_ids", ("digest_map",)),
    ("blobs", ("digest_map",)),
    ("directories", ("directories",)),
    ("short_links", ("short_links",)),
)
"""For each part of a store, the tables that are incomplete if it could not be listed."""

_TABLES_OF_ABSENT: Final = MappingProxyType(
    {
        "images": frozenset({"images", "store_images", "image_layers"}),
        "layers": frozenset({"store_layers"}),
        "mounts": frozenset({"mounts"}),
    }
)
"""The same for parts that are missing although other parts refer to them."""

_EXPIRED: Final = """
    SELECT 'leases'
    FROM leases AS l
    JOIN stores AS s ON s.store_id = l.store_id
    WHERE s.root_id = :root_id
        AND l.expires_at >= :since
        AND l.expires_at < :until
    UNION
    SELECT 'store_images'
    FROM store_images AS i
    JOIN stores AS s ON s.store_id = i.store_id
    WHERE s.root_id = :root_id
        AND i.expires_at >= :since
        AND i.expires_at < :until
"""

_TABLES_OF_IMAGES: Final = frozenset({"store_images", "store_layers", "mounts", "directory_claims"})
"""The tables that have no rows of a store without image/<driver>."""

_RULES_OF_UNREAD_CONTAINERD: Final = UNREAD | {"K1"}
"""The rules that report that a part of containerd could not be read."""


_log: Final = logging.getLogger(__name__)


class FindingEvaluator:
    """Evaluates the rules on a root after each pass of one sync.

    A finding is doubtful if a race with the engine could explain it. `settled` says that each
    doubtful finding of the last pass is also one of the pass before or of the last sync.
    """

    __slots__ = (
        "_doubtful",
        "_doubtful_before",
        "_evaluated",
        "_findings",
        "_passes",
        "_previous_problems",
        "_previous_row",
        "_sync",
    )

    def __init__(self, sync: RootSync, previous_row: Row | None) -> None:
        """Take the root and its row as the last sync left it, None for a first sync."""
        self._sync = sync
        self._previous_row = previous_row
        self._previous_problems = load_problems(sync)
        self._findings = Findings((), ())
        self._passes = 0
        self._evaluated: frozenset[str] | None = None
        self._doubtful: frozenset[object] = frozenset()
        self._doubtful_before: frozenset[object] = frozenset()

    @property
    def is_due(self) -> bool:
        """Whether rows, the state of the engine or an expiry changed since the last sync."""
        return self._evaluated is None or bool(self._evaluated)

    @property
    def settled(self) -> bool:
        """Whether no further pass is needed."""
        return self._doubtful <= self._doubtful_before

    def evaluate(self, sync: RootSync, contents: RootContents) -> None:
        """Evaluate the rules after the pass `sync`, which wrote the rows of `contents`."""
        self._sync = sync
        of_readers = with_concerned(sync, with_nameless_layers(sync, contents))
        chosen = self._due_statements(of_readers)
        self._evaluated = None if chosen is None else frozenset(it.rule for it in chosen)
        unread = _unread(sync, contents)
        due_now = statements() if chosen is None else chosen
        _log.debug("Running %d of %d statements of rules.", len(due_now), len(statements()))
        of_rules = judge(sync.connection, sync.root_id, due_now, of_readers, unread)
        self._findings = Findings(of_readers, of_rules)
        self._doubtful_before = self._doubtful
        self._doubtful = frozenset()
        if contents.engine.running is not False:
            keys = (self._key(it) for it in (*of_readers, *of_rules) if _is_doubtful(it))
            new = frozenset[object](key for key in keys if key not in self._previous_problems)
            self._doubtful = new | likely_orphans(sync)
        self._passes += 1
        _log.info(
            "Pass %d: readers report %d findings and rules %d; %d are to be confirmed.",
            self._passes,
            len(of_readers),
            len(of_rules),
            len(self._doubtful - self._doubtful_before),
        )

    def write(self, measured: Iterable[Finding]) -> int:
        """Write the problems, with what was `measured`. Return how many there are.

        A doubtful finding that only the last pass has is left to the next sync.
        """
        unconfirmed = self._doubtful - self._doubtful_before
        of_readers, of_rules = (
            [it for it in group if self._key(it) not in unconfirmed] for group in self._findings
        )
        confirmed = Findings([*of_readers, *measured], of_rules)
        return write_problems(self._sync, self._previous_problems, confirmed, self._evaluated)

    def _key(self, finding: Finding) -> str:
        return problem_id(self._sync.root_id, finding)

    def _due_statements(self, of_readers: Iterable[Finding]) -> tuple[Statement, ...] | None:
        """The statements whose result may differ from the last sync's, None for all."""
        connection, previous = self._sync.connection, self._previous_row
        if previous is None or previous["rules_key"] != rules_key():
            return None
        current = load_rows(connection, roots, self._sync.scope)[0]
        if any(previous[name] != current[name] for name in _COLUMNS_OF_RULES):
            return None
        stored = {
            (key, row["severity"])
            for key, row in self._previous_problems.items()
            if row["found_by"] == READER
        }
        if stored != {(self._key(it), it.effective_severity) for it in of_readers}:
            return None
        written = connection.written_tables - WRITTEN_ALWAYS
        return due(written | self._expired(previous["last_synced_at"], current["last_synced_at"]))

    def _expired(self, since: str, until: str) -> set[str]:
        """The tables in which a row of the root expired in between, which is not written."""
        values = {**self._sync.scope, "since": since, "until": until}
        return set(self._sync.connection.column(_EXPIRED, values))


def _is_doubtful(finding: Finding) -> bool:
    """Whether a race could explain a finding that is worse than *info*."""
    rule = RULES[finding.rule]
    return rule.is_raceable and finding.effective_severity != "info"


def _unread(sync: RootSync, contents: RootContents) -> Unread:
    """The tables whose rows of the root, or of one of its stores, are incomplete."""
    tables: dict[str | None, frozenset[str]] = {None: _unread_of_root(contents)}
    for key, store_id in sync.stores.items():
        if key.kind == GRAPH_DRIVER:
            has_images = key.driver not in sync.root.layout.left
            tables[store_id] = _unread_of_graph_driver(key.driver, contents, has_images=has_images)
        else:
            tables[store_id] = _unread_of_containerd(contents)
    return Unread(tables)


def _unread_of_root(contents: RootContents) -> frozenset[str]:
    unread: set[str] = set()
    if not contents.containers.scan.listed or (None, "containers") in contents.unknown.absent:
        unread |= {"containers", "container_mounts"}
    if "volumes" in contents.unknown.of_root:
        unread.add("volumes")
    if contents.buildkit.state == "unreadable":
        unread.add("build_snapshots")
    if contents.buildkit.records_state == "unreadable":
        unread.add("build_records")
    return frozenset(unread)


def _unread_of_graph_driver(
    driver: str, contents: RootContents, *, has_images: bool
) -> frozenset[str]:
    scan = contents.stores.get(driver)
    # If the store could not be opened, its rows are those of an earlier pass.
    unread = {"stores"} if scan is None else _unread_parts(scan)
    if not has_images:
        # One finding says that image/<driver> is missing. The rules would repeat it for each thing.
        unread |= _TABLES_OF_IMAGES
    for part, tables in _TABLES_OF_ABSENT.items():
        if (driver, part) in contents.unknown.absent:
            unread |= tables
    layerdb = f"image/{driver}/layerdb"
    if any(it.rule in UNREAD and it.path.startswith(layerdb) for it in contents.findings):
        # The file that could not be read may name a directory that seems to have no owner.
        unread.add("directory_owners")
    return frozenset(unread)


def _unread_of_containerd(contents: RootContents) -> frozenset[str]:
    """All tables if any part is damaged, because everything in containerd can name anything."""
    containerd = contents.containerd
    is_damaged = containerd is not None and (
        containerd.state == "unreadable"
        or not containerd.directories_listed
        or any(it.rule in _RULES_OF_UNREAD_CONTAINERD for it in containerd.findings)
    )
    return frozenset({"stores"}) if is_damaged else frozenset()


def _unread_parts(scan: StoreScan) -> set[str]:
    unread = {
        table
        for part, tables in _TABLES_OF_PART
        if not getattr(scan, part).listed
        for table in tables
    }
    if not scan.references.readable:
        unread |= {"tags", "repo_digests"}
    return unread
