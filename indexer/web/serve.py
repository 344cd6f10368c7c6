"""Serves index files with Datasette: read-only, and with the pages of dockidx."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from datasette.app import Datasette  # type: ignore[import-untyped]
from markupsafe import Markup

from indexer.index.migration import require_current
from indexer.index.sqlite_file import reading_connection
from indexer.web.cells import cell
from indexer.web.database import IndexDatabase
from indexer.web.guard import content_policy, guard
from indexer.web.metadata import tables_about
from indexer.web.questions import questions_about, suggested_queries
from indexer.web.recognition import index_names

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from indexer.web.guard import Application
    from indexer.web.listening import Listener

_SETTINGS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "allow_download": False,
        # A sync can change the index at any time, so browsers must not cache pages.
        "default_cache_ttl": 0,
        "default_page_size": 50,
        "facet_time_limit_ms": 500,
        "max_csv_mb": 200,
        "max_returned_rows": 2000,
        "sql_time_limit_ms": 3000,
        # Trying every column of a large table as a facet makes each page slow.
        "suggest_facets": False,
        "truncate_cells_html": 200,
    }
)
_INTRODUCTION: Final = (
    "What dockidx found in the Docker roots that it read: images, layers, containers, volumes, and "
    "where each of them is on the disk. Nothing on these pages can change the index or Docker. "
    "Click an ID to see what it names."
)
_PAGES: Final = os.path.join(os.path.dirname(__file__), "pages")
_SHUTDOWN_SECONDS: Final = 2


def require_indexes(paths: Sequence[str]) -> None:
    """Raise an error of `indexer.index.errors` unless every path is an index of this version."""
    for path in paths:
        with reading_connection(path, None) as connection:
            require_current(connection, path)


def open_site(paths: Sequence[str], *, any_sql: bool) -> Datasette:
    """Create a Datasette for the indexes at `paths`; `any_sql` allows visitors their own SELECT."""
    metadata = {"title": "Docker on the disk"}
    settings = {**_SETTINGS, "default_allow_sql": any_sql}
    site = Datasette([], settings=settings, metadata=metadata, template_dir=_PAGES)
    # Datasette adds an empty database in memory, which would only confuse visitors.
    site.remove_database("_memory")
    site.jinja_env.globals.update(
        questions_about=questions_about,
        tables_about=tables_about,
        whole_cell=partial(cell, whole=True),
    )
    for path in paths:
        site.add_database(IndexDatabase(site, path))
    metadata["description_html"] = str(_front_page(site))
    return site


def application(site: Datasette, hosts: Collection[str] | None) -> Application:
    """The ASGI application of `site`, behind the checks of `indexer.web.guard`."""
    return guard(site.app(), content_policy(site.jinja_env), hosts)


def run(site: Datasette, listener: Listener) -> None:
    """Serve `site` until Ctrl-C or a signal ends the process."""
    config = uvicorn.Config(
        application(site, listener.hosts),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener.socket])


def _front_page(site: Datasette) -> Markup:
    pages = [(name, site.urls.database(name)) for name in index_names(site)]
    parts = (
        Markup('<h2>Where to begin in <a href="{}">{}</a></h2>{}').format(
            page, name, suggested_queries(page)
        )
        for name, page in pages
    )
    return Markup("<p>{}</p>{}").format(_INTRODUCTION, Markup("").join(parts))
