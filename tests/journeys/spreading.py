"""A proxy before several web processes, as hosts have one: each request goes to the next."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle

from aiohttp import ClientError, ClientSession, web


@asynccontextmanager
async def spreading(ports: Sequence[int]) -> AsyncIterator[str]:
    """The address under which requests are spread over `ports`; 502 where nobody answers, as proxies do."""
    turns = cycle(ports)
    async with ClientSession() as session:

        async def passed_on(request: web.Request) -> web.Response:
            body = await request.read()
            url = f"http://127.0.0.1:{next(turns)}{request.path}"
            try:
                async with session.post(url, data=body, headers=request.headers) as answer:
                    return web.Response(status=answer.status)
            except ClientError:
                return web.Response(status=502)

        application = web.Application()
        application.add_routes([web.post("/{path:.*}", passed_on)])
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()
