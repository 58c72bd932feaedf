"""The small web server: health, readiness, metrics, and the webhook's door.

Rules kept here:

* `/healthz` says that the process lives; `/readyz` that it can do its work, and what keeps it from it.
* `/metrics` answers this machine only, unless a METRICS_TOKEN is set and brought along; what a proxy of this machine
  passes on comes from elsewhere. It holds counts, never ids.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BODY_LIMIT: Final = 1024 * 1024
SHUTDOWN_SECONDS: Final = 2.0
"""How long answers under way may take at the end; a webhook that gets none is delivered again."""

Figures = Callable[[], Awaitable[bytes]]
"""All figures as Prometheus reads them."""
Problems = Callable[[], Sequence[str]]
"""What keeps the process from its work, a sentence each; none when it is ready."""


class Health:
    """Answers for one process."""

    def __init__(self, problems: Problems, figures: Figures, metrics_token: str | None) -> None:
        self._problems = problems
        self._figures = figures
        self._token = metrics_token

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self._alive),
            web.get("/readyz", self._ready),
            web.get("/metrics", self._metrics),
        ]

    async def _alive(self, _: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _ready(self, _: web.Request) -> web.Response:
        problems = list(self._problems())
        return web.json_response({"ready": not problems, "problems": problems}, status=503 if problems else 200)

    async def _metrics(self, request: web.Request) -> web.Response:
        if not self._may_see(request):
            advice = "Metrics answer 127.0.0.1 only; set METRICS_TOKEN and bring it along.\n"
            return web.Response(status=403, text=advice)
        return web.Response(body=await self._figures(), content_type="text/plain", charset="utf-8")

    def _may_see(self, request: web.Request) -> bool:
        if self._token is not None:
            given = request.headers.get("Authorization", "")
            return hmac.compare_digest(given.encode("utf-8", "replace"), f"Bearer {self._token}".encode())
        passed_on = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP"))
        return request.remote in {"127.0.0.1", "::1"} and not passed_on


@asynccontextmanager
async def serving(routes: Sequence[web.RouteDef], host: str, port: int) -> AsyncIterator[int]:
    """Serve `routes` while the block runs; gives the port, which is chosen when `port` is 0.

    Raises OSError when the port is taken.
    """
    application = web.Application(client_max_size=BODY_LIMIT)
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield runner.addresses[0][1] if runner.addresses else port
    finally:
        await runner.cleanup()
