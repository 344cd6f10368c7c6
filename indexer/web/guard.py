"""Checks requests before Datasette: read-only, addressed to a known name, for a page of an index.

Any web page that the user visits can reach a server on the loopback address through a domain that
its owner points to 127.0.0.1 (DNS rebinding). The Host header then has the name of that domain, so
requests with an unknown name are refused.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, MutableMapping

    from jinja2 import Environment

    Message: TypeAlias = MutableMapping[str, Any]
    Receive: TypeAlias = Callable[[], Awaitable[Message]]
    Send: TypeAlias = Callable[[Message], Awaitable[None]]
    Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_PORT: Final = re.compile(r":\d+\Z")
# Pages under /-/ show the settings, plugins and versions of the server. Only static files are
# needed.
_INTERNAL: Final = re.compile(r"/-/(?!static/|static-plugins/)")
_HEADERS: Final = (
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


def guard(application: Application, policy: str, hosts: Collection[str] | None) -> Application:
    """Wrap the ASGI `application` in the checks, and send `policy` with all pages.

    `policy` is a Content-Security-Policy. `hosts` are the names, without a port, that requests may
    be addressed to; None allows any.
    """
    headers = (*_HEADERS, (b"content-security-policy", policy.encode()))

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *headers]}
            await send(message)

        if scope["type"] == "lifespan":
            await application(scope, receive, send)
        elif scope["type"] == "http":
            refusal = _refusal(scope, hosts)
            if refusal:
                await _refuse(send_with_headers, *refusal)
            else:
                await application(scope, receive, send_with_headers)

    return guarded


def content_policy(templates: Environment) -> str:
    """A Content-Security-Policy that allows only script files and scripts in `templates`.

    So a script in the data of an index cannot run, even if a page showed it unescaped.
    """
    scripts = " ".join(f"'sha256-{_hash(script)}'" for script in sorted(_inline(templates)))
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


def _inline(templates: Environment) -> set[str]:
    found: set[str] = set()
    for name in templates.list_templates(extensions=["html"]):
        source, _, _ = templates.loader.get_source(templates, name)  # type: ignore[union-attr]
        found.update(_SCRIPT.findall(source))
    return {script.replace("{{ datasette_allow_facet }}", "true") for script in found}


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _refusal(scope: Message, hosts: Collection[str] | None) -> tuple[int, str] | None:
    named = [value.decode("latin-1") for key, value in scope["headers"] if key == b"host"]
    if hosts is not None and [_PORT.sub("", host).lower() for host in named] not in (
        [host] for host in hosts
    ):
        return 403, f"Open this under one of the names {', '.join(sorted(hosts))}; it has no other."
    if scope["method"] not in ("GET", "HEAD"):
        return 405, "Nothing can be written here."
    path = scope.get("raw_path") or scope["path"].encode()
    if _INTERNAL.match(path.decode("latin-1")):
        return 404, "There is no such page."
    return None


async def _refuse(send: Send, status: int, sentence: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{sentence}\n".encode()})
