"""The tables of an index, once: content by digest, placement by store, and what syncs leave."""

from indexer.schema import (
    containerd,
    content,
    directories,
    manifests,
    others,
    placement,
    records,
    runtime,
)
from indexer.schema.columns import metadata

__all__ = [
    "containerd",
    "content",
    "directories",
    "manifests",
    "metadata",
    "others",
    "placement",
    "records",
    "runtime",
]
