"""Finds the page that an ID in a cell links to.

That is the row whose key it is, the rows that contain it, or the query for the owner of a
directory.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

from datasette.utils import tilde_encode  # type: ignore[import-untyped]

from indexer.web.questions import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

_TABLES_BY_KEY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "base_image_id": "images",
        "chain_id": "layers",
        "child_image_id": "images",
        "host": "hosts",
        "image_id": "images",
        "parent_chain_id": "layers",
        "parent_id": "images",
        "repository": "repositories",
        "root_id": "roots",
        "running_image_id": "images",
        "store_id": "stores",
        "tag_image_id": "images",
        "top_chain_id": "layers",
    }
)
_DIRECTORY_OWNER: Final = (f"{PREFIX}directory-owner", "directory")
_PAGES_BY_COLUMN: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "blob_digest": ("digest_map", "blob_digest"),
        "blob_digests": ("digest_map", "blob_digest"),
        "container_id": ("containers", "container_id"),
        "diff_id": ("layers", "diff_id"),
        "directory": _DIRECTORY_OWNER,
        "init_id": _DIRECTORY_OWNER,
        "mount_id": _DIRECTORY_OWNER,
    }
)


def link(column: str, value: str, database: str) -> str | None:
    """The path of the page about `value` in `column`; None if there is none.

    `database` is the path of the index's page.
    """
    if column in _TABLES_BY_KEY:
        return f"{database}/{_TABLES_BY_KEY[column]}/{tilde_encode(value)}"
    if column in _PAGES_BY_COLUMN:
        page, key = _PAGES_BY_COLUMN[column]
        return f"{database}/{page}?{key}={quote_plus(value)}"
    return None
