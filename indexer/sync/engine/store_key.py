"""The key of an image store: a graph driver and a snapshotter can have the same name."""

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
        """The prefix of the sections that hold the fingerprints of the store."""
        return self.driver if self.kind == GRAPH_DRIVER else f"{CONTAINERD}:{self.driver}"

    @property
    def label(self) -> str:
        """The name of the store in output and in the change log."""
        return self.driver if self.kind == GRAPH_DRIVER else f"{CONTAINERD} {self.driver}"

    def store_id(self, root_id: str) -> str:
        """Return the ID of the store in the root `root_id`, which is the same in every index."""
        if self.kind == GRAPH_DRIVER:
            return key_of(root_id, self.driver)
        return key_of(root_id, self.kind, self.driver)
