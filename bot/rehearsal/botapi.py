"""The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`.

Rules kept here:

* A call is accepted in one go, without an await: a connection that breaks never leaves half a call.
* Faults act here and nowhere else; the rules of Telegram know nothing of them.
* Of two pollers the older is told 409 at once.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.rehearsal.bell import Bell
from bot.rehearsal.clockwork import Clockwork
from bot.rehearsal.faults import AFTER_ACCEPTANCE, Fault, Kind
from bot.rehearsal.methods import BY_LOWER_NAME, METHODS, find_download, read_allowed
from bot.rehearsal.pace import too_many
from bot.rehearsal.parameters import Parameters
from bot.rehearsal.refusals import Refused, Why
from bot.rehearsal.requests import read_parameters
from bot.rehearsal.state import Room
from bot.rehearsal.updates import AT_ONCE

LONGEST_POLL = 50
_WELL_FORMED = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]+")
_PHRASES = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


class BotApi:
    """One bot's side of Telegram. `kill` ends the bot's process; `None` when the room did not start it."""

    def __init__(self, room: Room, clock: Clockwork, kill: Callable[[], None] | None) -> None:
        self._room = room
        self._clock = clock
        self._kill = kill
        self._arrived = Bell()
        self._poll: _Poll | None = None

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/bot{token:[^/]*}/{method:[^/]*}", self._call),
            web.get("/file/bot{token:[^/]*}/{path:.+}", self._download),
        ]

    def updates_arrived(self) -> None:
        self._arrived.ring()

    def webhook_changed(self) -> None:
        """A webhook ends polling."""
        if self._room.webhook.url and self._poll is not None:
            self._poll.ended = Why.POLLING_ENDED_BY_WEBHOOK
            self._arrived.ring()

    def _check_token(self, request: web.Request) -> None:
        token = request.match_info["token"]
        if token == self._room.token:
            return
        raise Refused(Why.WRONG_TOKEN if _WELL_FORMED.fullmatch(token) else Why.MALFORMED_TOKEN)

    async def _download(self, request: web.Request) -> web.Response:
        self._check_token(request)
        stored = find_download(self._room, request.match_info["path"])
        return web.Response(body=stored.content, content_type="application/octet-stream")

    async def _call(self, request: web.Request) -> web.StreamResponse:
        self._check_token(request)
        method = BY_LOWER_NAME.get(request.match_info["method"].lower())
        if method is None or request.method not in ("GET", "POST"):
            raise Refused(Why.UNKNOWN_METHOD)
        parameters = await read_parameters(request)
        chat = parameters.number("chat_id")
        if chat is None and method == "answerCallbackQuery":
            query = self._room.queries.get(str(parameters.values.get("callback_query_id")))
            chat = query.chat if query else None
        try:
            if method == "getUpdates" and self._confirms(parameters) and self._room.faults.on_confirm():
                return self._die(request)
            fault = self._room.faults.on_call(method, chat)
            if fault is not None and fault.kind not in AFTER_ACCEPTANCE:
                return await self._fail_before(request, fault)
            try:
                if method == "getUpdates":
                    result = await self._get_updates(parameters)
                else:
                    result = METHODS[method](self._room, parameters, self._clock.now())
            except Refused:
                if fault is not None:
                    self._room.faults.give_back(fault)
                raise
        except Refused as refused:
            self._room.note_refusal(method, chat, refused, self._clock.now())
            raise
        if fault is not None:
            return await self._fail_after(request, fault)
        return web.json_response({"ok": True, "result": result})

    # -- faults ------------------------------------------------------------------------------------------------

    async def _fail_before(self, request: web.Request, fault: Fault) -> web.Response:
        if fault.kind is Kind.TOO_MANY_REQUESTS:
            raise too_many(fault.retry_after)
        if fault.kind is Kind.FORBIDDEN:
            raise Refused(Why.BLOCKED)
        if fault.kind is Kind.SERVER_ERROR:
            phrase = _PHRASES.get(fault.status, "Internal Server Error")
            return web.json_response(
                {"ok": False, "error_code": fault.status, "description": phrase}, status=fault.status
            )
        if fault.kind is Kind.KILL_BEFORE:
            return self._die(request)
        if fault.kind is Kind.TIMEOUT_BEFORE:
            await asyncio.sleep(fault.seconds)
        return _break(request)

    async def _fail_after(self, request: web.Request, fault: Fault) -> web.Response:
        if fault.kind is Kind.KILL_AFTER:
            return self._die(request)
        if fault.kind is Kind.TIMEOUT_AFTER:
            await asyncio.sleep(fault.seconds)
        return _break(request)

    def _die(self, request: web.Request) -> web.Response:
        if self._kill is not None:
            self._kill()
        return _break(request)

    # -- polling -----------------------------------------------------------------------------------------------

    def _confirms(self, parameters: Parameters) -> bool:
        offset = parameters.number("offset") or 0
        return not self._room.webhook.url and offset != 0 and self._room.updates.would_confirm(offset)

    async def _get_updates(self, parameters: Parameters) -> list[dict[str, Any]]:
        updates = self._room.updates
        if self._room.webhook.url:
            raise Refused(Why.WEBHOOK_ACTIVE)
        if self._poll is not None:
            self._poll.ended = Why.OTHER_POLLER
            self._arrived.ring()
        poll = self._poll = _Poll()
        try:
            allowed = read_allowed(parameters)
            if allowed is not None:
                updates.allowed = allowed
            offset = parameters.number("offset") or 0
            if offset and updates.would_confirm(offset):
                updates.confirm(offset)
                self._room.changed("confirmed", None)
            limit = parameters.number("limit") or AT_ONCE
            limit = limit if 1 <= limit <= AT_ONCE else AT_ONCE
            timeout = min(max(parameters.number("timeout") or 0, 0), LONGEST_POLL)
            end = asyncio.get_running_loop().time() + timeout
            while True:
                updates.expire(self._clock.now())
                if poll.ended is not None:
                    raise Refused(poll.ended)
                left = end - asyncio.get_running_loop().time()
                if updates.waiting or left <= 0:
                    return self._delivery(limit)
                await self._arrived.wait(left)
        finally:
            if self._poll is poll:
                self._poll = None

    def _delivery(self, limit: int) -> list[dict[str, Any]]:
        batch = self._room.updates.next(limit)
        if not batch:
            return []
        faults = self._room.faults
        if faults.on_delivery(Kind.REPEAT_UPDATES):
            for update in batch:
                update.repeats += 1
        told = [update.told() for update in batch]
        if faults.on_delivery(Kind.DOUBLE_UPDATES):
            told = [update for update in told for _ in range(2)]
        if faults.on_delivery(Kind.DISORDER_UPDATES):
            told.reverse()
        return told


class _Poll:
    """One getUpdates that waits; `ended` says why it must stop."""

    def __init__(self) -> None:
        self.ended: Why | None = None


def _break(request: web.Request) -> web.Response:
    """Breaks the connection; what is returned is never sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
