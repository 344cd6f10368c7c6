"""Evaluates the rules on a root after each pass, and writes its problems at the end."""

from __future__ import annotations

import logging
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from indexer.docker.rules import RULES
from indexer.index.connection import WRITTEN_ALWAYS
from indexer.index.rows import load_rows
from indexer.integrity.statements import Statement, rules_key, statements
from indexer.schema.placement import roots
from indexer.sync.engine.store_key import GRAPH_DRIVER, StoreKey
from indexer.sync.findings.concerned import with_concerned
from indexer.sync.findings.judge import UNREAD, Unread, due, judge
from indexer.sync.findings.nameless_layers import with_nameless_layers
from indexer.sync.findings.problems import READER, load_problems, problem_id, write_problems
from indexer.sync.tables.directories import unsure_orphans
from indexer.sync.tables.stores import stores_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from indexer.docker.image_store.store import StoreScan
    from indexer.docker.read_root import RootContents
    from indexer.docker.rules.finding import Finding
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row

_JUDGED_BY: Final = (
    "engine_state",
    "busy_since",
    "build_cache_state",
    "rules_key",
    "containers_known",
    "volumes_known",
)
"""What of a root's own row the rules depend on."""

_OF_PART: Final = (
    ("configs", ("images", "store_images", "image_layers")),
    ("metadata", ("store_images",)),
    ("layers", ("store_layers",)),
    ("mounts", ("mounts",)),
    ("diff_ids", ("digest_map",)),
    ("blobs", ("digest_map",)),
    ("directories", ("directories",)),
    ("short_links", ("short_links",)),
)
"""The tables that tell nothing where a part of a store could not be listed."""

_OF_ABSENT: Final = MappingProxyType(
    {
        "images": frozenset({"images", "store_images", "image_layers"}),
        "layers": frozenset({"store_layers"}),
        "mounts": frozenset({"mounts"}),
    }
)
"""The same for parts that are missing though others name them."""

_RAN_OUT: Final = """
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

_OF_IMAGES: Final = frozenset({"store_images", "store_layers", "mounts", "directory_claims"})
"""The tables that are empty of a store without image/<driver>."""

_HIDING: Final = UNREAD | {"K1"}
"""The rules that say that part of containerd's store could not be read."""


_log: Final = logging.getLogger(__name__)


class FindingEvaluator:
    """The findings on a root during one sync.

    `settled` says that what the last look found, and a race could explain, was found by the look
    before or by the last sync too.
    """

    __slots__ = (
        "_before",
        "_connection",
        "_former",
        "_judged",
        "_passes",
        "_read",
        "_renewed",
        "_root_id",
        "_seen",
        "_unsure",
    )

    def __init__(self, connection: Connection, root_id: str, former: Row | None) -> None:
        """Take the root and its row as the last sync left it, None for a first sync."""
        self._connection = connection
        self._root_id = root_id
        self._former = former
        self._before = load_problems(connection, root_id)
        self._read: list[Finding] = []
        self._judged: list[Finding] = []
        self._passes = 0
        self._renewed: frozenset[str] | None = None
        self._unsure: frozenset[object] = frozenset()
        self._seen: frozenset[object] = frozenset()

    @property
    def settled(self) -> bool:
        """Whether there is nothing to look at again."""
        return self._unsure <= self._seen

    def look(self, found: RootContents, left: Collection[str]) -> None:
        """Judge the root with `found` in its rows.

        Of the drivers `left` there are directories without images.
        """
        store_ids = stores_of(self._connection, self._root_id)
        named = with_nameless_layers(self._connection, found, store_ids)
        self._read = with_concerned(self._connection, self._root_id, named)
        chosen = self._due(self._connection.written_tables - WRITTEN_ALWAYS)
        self._renewed = None if chosen is None else frozenset(it.rule for it in chosen)
        unread = _unread(found, store_ids, left)
        if chosen is None:
            chosen = statements()
        _log.debug("Running %d of %d statements of rules.", len(chosen), len(statements()))
        self._judged = judge(self._connection, self._root_id, chosen, self._read, unread)
        self._seen = self._unsure
        self._unsure = frozenset()
        if found.engine.running is not False:
            doubtful = (self._key(it) for it in (*self._read, *self._judged) if _is_doubtful(it))
            new = frozenset[object](key for key in doubtful if key not in self._before)
            self._unsure = new | unsure_orphans(self._connection, self._root_id)
        self._passes += 1
        _log.info(
            "Pass %d: readers report %d findings and rules %d; %d are to be confirmed.",
            self._passes,
            len(self._read),
            len(self._judged),
            len(self._unsure - self._seen),
        )

    def write(self, measured: Iterable[Finding], at: str) -> int:
        """Write the problems, with what was `measured`, as of `at`; return how many there are.

        What only the very last look has met with is left to the next sync.
        """
        unproven = self._unsure - self._seen
        read = [it for it in self._read if self._key(it) not in unproven]
        judged = [it for it in self._judged if self._key(it) not in unproven]
        return write_problems(
            self._connection,
            self._root_id,
            self._before,
            [*read, *measured],
            judged,
            self._renewed,
            at,
        )

    def _key(self, finding: Finding) -> str:
        return problem_id(self._root_id, finding)

    def _due(self, touched: set[str]) -> tuple[Statement, ...] | None:
        """The statements that may say something else than before, None for all there are."""
        if self._former is None or self._former["rules_key"] != rules_key():
            return None
        now = load_rows(self._connection, roots, {"root_id": self._root_id})[0]
        if any(self._former[name] != now[name] for name in _JUDGED_BY):
            return None
        before = self._before.items()
        known = {(key, row["severity"]) for key, row in before if row["found_by"] == READER}
        if known != {(self._key(it), it.effective_severity) for it in self._read}:
            return None
        return due(touched | self._ran_out(self._former["last_synced_at"], now["last_synced_at"]))

    def _ran_out(self, since: str, until: str) -> set[str]:
        """The tables in which something of the root ended in between, which changes no row."""
        values = {"root_id": self._root_id, "since": since, "until": until}
        return set(self._connection.column(_RAN_OUT, values))


def _is_doubtful(finding: Finding) -> bool:
    """Whether a race could explain it, and it is bad enough to make sure."""
    rule = RULES[finding.rule]
    return rule.is_raceable and finding.effective_severity != "info"


def _unread(found: RootContents, store_ids: dict[StoreKey, str], left: Collection[str]) -> Unread:
    """What of the root could not be read as a whole."""
    of_root: set[str] = set()
    absent = found.unknown.absent
    if not found.containers.scan.listed or (None, "containers") in absent:
        of_root |= {"containers", "container_mounts"}
    if "volumes" in found.unknown.of_root:
        of_root.add("volumes")
    if found.buildkit.state == "unreadable":
        of_root.add("build_snapshots")
    if found.buildkit.records_state == "unreadable":
        of_root.add("build_records")
    tables: dict[str | None, frozenset[str]] = {None: frozenset(of_root)}
    for (kind, driver), store_id in store_ids.items():
        if kind != GRAPH_DRIVER:
            tables[store_id] = _unread_of_containerd(found)
            continue
        scan = found.stores.get(driver)
        # A store that is known and could not be opened has old rows only.
        hidden = {"stores"} if scan is None else _unread_tables(scan)
        if driver in left:
            # That they are missing is one finding; what it breaks is not said for each thing.
            hidden |= _OF_IMAGES
        for part, untold in _OF_ABSENT.items():
            if (driver, part) in absent:
                hidden |= untold
        if any(it.rule in UNREAD and it.path.startswith(_claims(driver)) for it in found.findings):
            # What could not be read may be what names a directory.
            hidden.add("directory_owners")
        tables[store_id] = frozenset(hidden)
    return Unread(tables)


def _unread_of_containerd(found: RootContents) -> frozenset[str]:
    """All of it where part of it is damaged: each thing in it may be named by any other."""
    containerd = found.containerd
    is_damaged = containerd is not None and (
        containerd.state == "unreadable"
        or not containerd.directories_listed
        or any(it.rule in _HIDING for it in containerd.findings)
    )
    return frozenset({"stores"}) if is_damaged else frozenset()


def _claims(driver: str) -> str:
    return f"image/{driver}/layerdb"


def _unread_tables(scan: StoreScan) -> set[str]:
    hidden = {
        table for part, tables in _OF_PART if not getattr(scan, part).listed for table in tables
    }
    if not scan.references.readable:
        hidden |= {"tags", "repo_digests"}
    return hidden
