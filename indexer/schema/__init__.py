"""The tables of an index, once: content by digest, placement by store, and what syncs leave."""

from indexer.schema import content, placement, records, runtime
from indexer.schema.columns import metadata

__all__ = ["content", "metadata", "placement", "records", "runtime"]
