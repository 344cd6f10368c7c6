"""The tables of an index, once: content by digest, placement by store, and what syncs leave."""

from indexer.schema import content, directories, placement, records, runtime
from indexer.schema.columns import metadata

__all__ = ["content", "directories", "metadata", "placement", "records", "runtime"]
