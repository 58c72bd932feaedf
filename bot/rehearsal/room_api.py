"""The room over HTTP, for the page and for tests: phones, events, faults, the bot's process.

Errors are `{"error": sentence}`. Shapes are those of `telling` and of `Fault.told`.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.rehearsal import people, telling
from bot.rehearsal.clock_api import ClockApi
from bot.rehearsal.clockwork import Clockwork
from bot.rehearsal.errors import RoomError
from bot.rehearsal.player import Player
from bot.rehearsal.requests import Handler, read_object
from bot.rehearsal.state import Query, Room
from bot.rehearsal.supervisor import Supervisor

PAGE = Path(__file__).with_name("page")
HEARTBEAT = 15.0
GATHERED = 0.03
"""Seconds for which changes of phones are gathered into one event each."""
SLOW_READER = 1_000
"""Events that wait for one page; one that lets more pile up is sent away and asks for the state anew."""
_NO_STORE = {"Cache-Control": "no-store"}


class RoomApi:
    """The room's side for people. `supervisor` is `None` when the room did not start the bot."""

    def __init__(self, room: Room, clock: Clockwork, clock_api: ClockApi, supervisor: Supervisor | None) -> None:
        self._room = room
        self._clock = clock
        self._clock_api = clock_api
        self._supervisor = supervisor
        self._player = Player(room, clock.now)
        self._readers: set[asyncio.Queue[bytes | None]] = set()
        self._stale: set[int] = set()
        self._flush: asyncio.TimerHandle | None = None
        self.closed = False

    def routes(self) -> list[web.RouteDef]:
        phone = "/room/phones/{chat}"
        return [
            web.get("/", self._index),
            web.get("/page/{file}", self._page),
            web.get("/room/state", self._state),
            web.get("/room/events", self._events),
            web.get("/room/journal", self._journal),
            web.get("/room/refused", self._refused),
            web.get("/room/files/{file}", self._stored),
            web.post("/room/phones", self._add_phone),
            web.post(f"{phone}/text", self._on_phone(self._text)),
            web.post(f"{phone}/open", self._on_phone(self._open)),
            web.post(f"{phone}/tap", self._on_phone(self._tap)),
            web.post(f"{phone}/edit", self._on_phone(self._edit)),
            web.post(f"{phone}/voice", self._on_phone(self._voice)),
            web.post(f"{phone}/photo", self._on_phone(self._photo)),
            web.post(f"{phone}/document", self._on_phone(self._document)),
            web.post(f"{phone}/play", self._play),
            web.post(f"{phone}/block", self._on_phone(self._block)),
            web.post(f"{phone}/unblock", self._on_phone(self._unblock)),
            web.post(f"{phone}/deactivate", self._on_phone(self._deactivate)),
            web.get("/room/faults", self._faults),
            web.post("/room/faults", self._add_fault),
            web.delete("/room/faults", self._remove_faults),
            web.post("/room/bot/kill", self._kill),
            web.post("/room/bot/restart", self._restart),
        ]

    # -- what changed ----------------------------------------------------------------------------------------------

    def phone_changed(self, chat: int) -> None:
        if self._readers:
            self._stale.add(chat)
            if self._flush is None:
                self._flush = asyncio.get_running_loop().call_later(GATHERED, self._tell_phones)

    def everything_changed(self) -> None:
        for chat in self._room.phones:
            self.phone_changed(chat)

    def clock_changed(self) -> None:
        self._tell("clock", self._clock_api.state())

    def bot_changed(self) -> None:
        self._tell("bot", self._bot())

    def faults_changed(self) -> None:
        self._tell("faults", [fault.told() for fault in self._room.faults.active])

    def close(self) -> None:
        """Sends every reader away."""
        self.closed = True
        for reader in self._readers:
            reader.put_nowait(None)

    def _tell_phones(self) -> None:
        self._flush = None
        for chat in sorted(self._stale):
            phone = self._room.phones.get(chat)
            if phone is not None:
                self._tell("phone", telling.phone_state(self._room, phone))
        self._stale.clear()

    def _tell(self, event: str, value: Any) -> None:
        if not self._readers:
            return
        line = f"event: {event}\ndata: {json.dumps(value)}\n\n".encode()
        for reader in list(self._readers):
            if reader.qsize() > SLOW_READER:
                self._readers.discard(reader)
                reader.put_nowait(None)
            else:
                reader.put_nowait(line)

    # -- reading -----------------------------------------------------------------------------------------------------

    async def _index(self, _request: web.Request) -> web.FileResponse:
        return self._file("index.html")

    async def _page(self, request: web.Request) -> web.FileResponse:
        return self._file(request.match_info["file"])

    def _file(self, name: str) -> web.FileResponse:
        path = PAGE / name
        if path.parent != PAGE or not path.is_file():
            raise RoomError("There is no such page.", 404)
        return web.FileResponse(path, headers=_NO_STORE)

    def _bot(self) -> dict[str, Any]:
        if self._supervisor is not None:
            return self._supervisor.state()
        return {"running": bool(self._clock.processes), "pid": None, "restarts": 0, "given_up": False}

    async def _state(self, _request: web.Request) -> web.Response:
        room = self._room
        return web.json_response(
            {
                **self._clock_api.state(),
                "bot": self._bot(),
                "bot_username": room.username,
                "faults": [fault.told() for fault in room.faults.active],
                "journal": room.journal_end,
                "pending_updates": len(room.updates.waiting),
                "phones": [telling.phone_state(room, phone) for phone in room.phones.values()],
            },
            headers=_NO_STORE,
        )

    async def _journal(self, request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        if not (since.isascii() and since.isdigit() and len(since) <= 15):
            raise RoomError("since is the number of the last entry that you know.")
        return web.json_response({"entries": self._room.journal_since(int(since)), "n": self._room.journal_end})

    async def _refused(self, _request: web.Request) -> web.Response:
        return web.json_response({"entries": self._room.refused})

    async def _stored(self, request: web.Request) -> web.Response:
        """A file that stands on some phone. It comes from people and from the bot: nothing in it may run here."""
        stored = self._room.files.get(request.match_info["file"])
        if stored is None:
            raise RoomError("The room does not have this file any more.", 404)
        headers = {
            **_NO_STORE,
            "Content-Type": "audio/ogg" if stored.kind == "voice" else "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(stored.name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=stored.content, headers=headers)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **_NO_STORE})
        reader: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._readers.add(reader)
        try:
            await response.prepare(request)
            await response.write(b": the rehearsal room\n\n")
            while not self.closed:
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        line = await reader.get()
                except TimeoutError:
                    line = b": still here\n\n"
                if line is None:
                    break
                await response.write(line)
        finally:
            self._readers.discard(reader)
        return response

    # -- playing -----------------------------------------------------------------------------------------------------

    async def _add_phone(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        language, caption = body.get("language"), body.get("caption")
        phone = people.add_phone(
            self._room,
            body.get("chat"),
            body.get("name"),
            None if language == "" else language,
            "" if caption is None else caption,
            body.get("zone") or "UTC",
        )
        return web.json_response(telling.phone_state(self._room, phone))

    def _on_phone(self, act: Callable[[int, dict[str, Any], float], dict[str, Any]]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            body = await read_object(request)
            return web.json_response(act(_chat(request.match_info["chat"]), body, self._clock.now()))

        return handle

    def _text(self, chat: int, body: dict[str, Any], now: float) -> dict[str, Any]:
        return {"message": people.write(self._room, chat, body.get("text", ""), now).id}

    def _open(self, chat: int, body: dict[str, Any], now: float) -> dict[str, Any]:
        return {"message": people.open_link(self._room, chat, body.get("start", ""), now).id}

    def _tap(self, chat: int, body: dict[str, Any], now: float) -> dict[str, Any]:
        query: Query
        if "data" in body:
            query = people.tap_data(self._room, chat, _whole(body, "message"), body["data"], now)
        elif "label" in body:
            query = people.tap_label(self._room, chat, str(body["label"]), now)
        else:
            place = (_whole(body, "row"), _whole(body, "column"))
            query = people.tap(self._room, chat, _whole(body, "message"), place, now)
        return {"callback": query.id}

    def _edit(self, chat: int, body: dict[str, Any], now: float) -> dict[str, Any]:
        return {"message": people.edit(self._room, chat, _whole(body, "message"), body.get("text", ""), now).id}

    def _voice(self, chat: int, _body: dict[str, Any], now: float) -> dict[str, Any]:
        return {"message": people.send_voice(self._room, chat, now).id}

    def _photo(self, chat: int, _body: dict[str, Any], now: float) -> dict[str, Any]:
        return {"message": people.send_photo(self._room, chat, now).id}

    def _document(self, chat: int, body: dict[str, Any], now: float) -> dict[str, Any]:
        try:
            content = base64.b64decode(str(body.get("content", "")), validate=True)
        except binascii.Error:
            raise RoomError("content is the file in base64.") from None
        return {"message": people.send_document(self._room, chat, body.get("name"), content, now).id}

    async def _play(self, request: web.Request) -> web.Response:
        """Answers what is open: one question, or with `to_the_end` until nothing is; ends when the page goes away."""
        chat, body = _chat(request.match_info["chat"]), await read_object(request)
        if body.get("to_the_end") is True:
            return web.json_response(await self._player.play_to_the_end(chat))
        return web.json_response(self._player.play(chat))

    def _block(self, chat: int, _body: dict[str, Any], now: float) -> dict[str, Any]:
        people.block(self._room, chat, now)
        return {"blocked": True}

    def _unblock(self, chat: int, _body: dict[str, Any], now: float) -> dict[str, Any]:
        people.unblock(self._room, chat, now)
        return {"blocked": False}

    def _deactivate(self, chat: int, _body: dict[str, Any], _now: float) -> dict[str, Any]:
        people.deactivate(self._room, chat)
        return {"deactivated": True}

    # -- faults and the bot's process -------------------------------------------------------------------------------

    async def _faults(self, _request: web.Request) -> web.Response:
        return web.json_response([fault.told() for fault in self._room.faults.active])

    async def _add_fault(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        kind = body.pop("kind", "")
        return web.json_response(self._room.faults.add(str(kind), **body).told())

    async def _remove_faults(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        number, kind, method = body.get("id"), body.get("kind"), body.get("method")
        return web.json_response({"removed": self._room.faults.remove(id=number, kind=kind, method=method)})

    async def _kill(self, request: web.Request) -> web.Response:
        body = await read_object(request)
        self._supervised().kill(stay_down=body.get("stay_down") is True)
        return web.json_response(self._bot())

    async def _restart(self, _request: web.Request) -> web.Response:
        self._supervised().restart()
        return web.json_response(self._bot())

    def _supervised(self) -> Supervisor:
        if self._supervisor is None:
            raise RoomError("The room did not start the bot.", 409)
        return self._supervisor


def _chat(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 16):
        raise RoomError("A phone is named by its chat, a whole number.", 404)
    return int(text)


def _whole(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise RoomError(f"{name} must be a whole number.")
    return value
