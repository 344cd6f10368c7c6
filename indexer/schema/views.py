"""The views of an index, one SQL file for each under `views/`.

The SQL runs unchanged in SQLite and PostgreSQL, with any tool.
"""

from __future__ import annotations

from typing import Final

from indexer.schema.sql_files import sql_text

VIEWS: Final = (
    "active_stores",
    "store_places",
    "held_images",
    "store_image_names",
    "image_references",
    "image_tags",
    "image_names",
    "listed_images",
    "listed_containers",
    "image_containers",
    "snapshot_chains",
    "manifest_blobs",
    "containerd_parts",
    "containerd_image_sizes",
    "image_sizes",
    "part_edges",
    "image_parts",
    "held_layers",
    "unloadable_layers",
    "unloadable_images",
    "leased_parts",
    "gc_roots",
    "lasting_parts",
    "ending_parts",
    "gc_reachable",
    "directory_claims",
    "directory_owners",
    "packed_records",
    "packed_manifests",
    "build_cache",
    "known_images",
    "volume_purposes",
    "known_names",
)
"""Names of the views, each after the views that it uses."""


def functions_source() -> str:
    """Statements that define in PostgreSQL the SQLite functions that views and queries use."""
    return sql_text("schema", "functions")


def view_source(name: str) -> str:
    """The SQL file of the view `name`: its head comment and its SELECT."""
    return sql_text("schema", "views", name)
