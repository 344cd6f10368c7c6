"""Which store of a root is meant: a graph driver and a snapshotter can have the same name."""

from typing import Final, NamedTuple

from indexer.sync.engine.identity import key_of

GRAPH_DRIVER: Final = "graphdriver"
CONTAINERD: Final = "containerd"


class StoreKey(NamedTuple):
    """A store of a root by its kind, `GRAPH_DRIVER` or `CONTAINERD`, and its driver."""

    kind: str
    driver: str

    @property
    def section(self) -> str:
        """The beginning of the sections that the fingerprints of the store are kept under."""
        return self.driver if self.kind == GRAPH_DRIVER else f"{CONTAINERD}:{self.driver}"

    @property
    def words(self) -> str:
        """The store for people."""
        return self.driver if self.kind == GRAPH_DRIVER else f"{CONTAINERD} {self.driver}"

    def store_id(self, root_id: str) -> str:
        """The ID of the store in the root `root_id`, the same in every index."""
        if self.kind == GRAPH_DRIVER:
            return key_of(root_id, self.driver)
        return key_of(root_id, self.kind, self.driver)
