"""What every writer of a sync needs, in one object per root and one per image store."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from indexer.index.rows import load_rows
from indexer.schema.placement import stores
from indexer.sync.engine.store_key import StoreKey

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexer.docker.files.folder import Fingerprint
    from indexer.index.connection import Connection
    from indexer.schema.columns import Row
    from indexer.sync.engine.change_log import ChangeLog
    from indexer.sync.engine.options import OpenRoot, Options

Sections: TypeAlias = "Mapping[str, Mapping[str, Fingerprint]]"
"""The fingerprints of a root, by section and name."""


class RootSync(NamedTuple):
    """One pass over one Docker root.

    `at` is when the sync began (UTC text). `stores` has the ID of each store that the root has in
    the index: at the start of a pass those of the previous pass, and after `write_stores` those of
    this one. `previous_fingerprints` are those of the previous pass that are still valid.
    """

    connection: Connection
    root_id: str
    root: OpenRoot
    options: Options
    at: str
    log: ChangeLog
    stores: Mapping[StoreKey, str] = MappingProxyType({})
    previous_fingerprints: Sections = MappingProxyType({})

    @property
    def scope(self) -> Row:
        """The key column that all rows of the root share."""
        return {"root_id": self.root_id}

    def of_store(self, key: StoreKey) -> StoreSync:
        """What a writer of the store `key` needs."""
        return StoreSync(self, key, key.store_id(self.root_id))


class StoreSync(NamedTuple):
    """One pass over one image store of a root."""

    of_root: RootSync
    key: StoreKey
    store_id: str

    @property
    def connection(self) -> Connection:
        """The connection to the index, in the transaction of the sync."""
        return self.of_root.connection

    @property
    def at(self) -> str:
        """When the sync began (UTC text)."""
        return self.of_root.at

    @property
    def log(self) -> ChangeLog:
        """The change log of the root."""
        return self.of_root.log

    @property
    def env_values(self) -> bool:
        """Whether the values of environment variables are stored."""
        return self.of_root.options.env_values

    @property
    def scope(self) -> Row:
        """The key column that all rows of the store share."""
        return {"store_id": self.store_id}

    def section(self, kind: str) -> str:
        """The name of the section that holds the fingerprints of `kind`."""
        return f"{self.key.section}/{kind}"


def load_store_ids(connection: Connection, root_id: str) -> dict[StoreKey, str]:
    """Load the ID of each store that the root has in the index."""
    rows = load_rows(connection, stores, {"root_id": root_id})
    return {StoreKey(row["kind"], row["driver"]): row["store_id"] for row in rows}
