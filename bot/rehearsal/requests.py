"""Reading requests and writing answers, whatever was sent.

Rules kept here:

* Hostile input gets a clear JSON answer with a 4xx, never a 500; what is our own mistake is logged without its content.
* The room answers this machine only: a foreign Host or Origin (a web page that tries the browser's way in) is refused.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.web_request import FileField

from bot.rehearsal.errors import RoomError
from bot.rehearsal.parameters import Parameters, Upload
from bot.rehearsal.refusals import Refused, Why

LARGEST = 51 * 2**20
"""Bytes of a request: an upload of 50 MB and its form."""
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every error into JSON, in Telegram's shape on the Bot API and as `{"error": sentence}` in the room."""
    telegram = request.path.startswith(("/bot", "/file/bot"))
    try:
        _own_machine(request)
        return await handler(request)
    except Refused as refused:
        if telegram:
            return web.json_response(refused.answer(), status=refused.refusal.code)
        return web.json_response({"error": refused.description}, status=refused.refusal.code)
    except RoomError as error:
        status, sentence = error.status, str(error)
    except web.HTTPRequestEntityTooLarge:
        status, sentence = 413, "Request Entity Too Large"
    except web.HTTPException as error:
        if error.status < 400:
            raise
        status, sentence = error.status, error.reason
    except ConnectionError:
        raise
    except Exception:
        _log.exception("the rehearsal room failed")
        status, sentence = 500, "The rehearsal room failed; its log says why."
    if telegram:
        return web.json_response({"ok": False, "error_code": status, "description": sentence}, status=status)
    return web.json_response({"error": sentence}, status=status)


def _own_machine(request: web.Request) -> None:
    for name in ("Host", "Origin"):
        value = request.headers.get(name)
        if value is None:
            continue
        try:
            host = urlsplit(value if name == "Origin" else f"//{value}").hostname
        except ValueError:
            host = None
        if host not in _HERE:
            raise RoomError("The rehearsal room answers this machine only.", 403)


async def read_object(request: web.Request) -> dict[str, Any]:
    """The JSON object in the body; an empty body is an empty object. Raises `RoomError`."""
    try:
        body = await request.read()
        value = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        raise RoomError("The body must be a JSON object.") from None
    if not isinstance(value, dict):
        raise RoomError("The body must be a JSON object.")
    return value


async def read_parameters(request: web.Request) -> Parameters:
    """A Bot API call's parameters from wherever they came. Raises `Refused`."""
    values: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    try:
        if request.content_type == "application/json":
            body = await request.read()
            sent = json.loads(body) if body.strip() else {}
            if not isinstance(sent, dict):
                raise ValueError("object expected")
            values |= sent
        elif request.method == "POST":
            for name, value in (await request.post()).items():
                if isinstance(value, FileField):
                    uploads[name] = Upload(value.filename, value.file.read(), value.content_type)
                elif isinstance(value, str):
                    values[name] = value
                else:
                    values[name] = bytes(value).decode()
    except (ValueError, LookupError, RecursionError, AssertionError, web.HTTPBadRequest):
        raise Refused(Why.UNREADABLE_REQUEST, {"detail": "neither a form nor a JSON object in UTF-8"}) from None
    return Parameters(values, uploads)
