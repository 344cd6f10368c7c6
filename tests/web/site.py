"""A site on index files that tests ask for pages, without a network."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from indexer.web.serve import application, open_site

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from datasette.app import Datasette

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def close(datasette: Datasette) -> None:
    """End the threads of a Datasette and its connections, also those that it forgets."""
    datasette.executor.shutdown()
    for database in datasette.databases.values():
        database.close()
    gc.collect()


class Site:
    """The pages of index files as `dockidx serve` has them; a context manager that closes them."""

    def __init__(self, *paths: Path, hosts: frozenset[str] | None = LOCAL) -> None:
        """Open the indexes at `paths` for requests to `hosts`, None for a remote server."""
        self._runner = asyncio.Runner()
        self.datasette = open_site([str(path) for path in paths], any_sql=hosts is not None)
        self._application = application(self.datasette, hosts)

    def __enter__(self) -> Site:
        """Give the site itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        close(self.datasette)
        self._runner.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Wait for what Datasette itself can be asked to do."""
        return self._runner.run(work)

    def get(self, target: str, *, method: str = "GET", host: str | None = "localhost") -> Answer:
        """Ask for `target`, a path with a query or without, exactly as it stands."""
        return self.run(self._ask(target, method, host))

    async def _ask(self, target: str, method: str, host: str | None) -> Answer:
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(b"host", host.encode())] if host is not None else [],
        }
        messages: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        await self._application(scope, receive, send)
        start, *rest = messages
        headers = {key.decode().lower(): value.decode() for key, value in start["headers"]}
        return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in rest))
