"""The bot on aiohttp: python-telegram-bot's methods on a transport that costs a fifth of httpx.

Rules kept here:

* What can be known of a failure is said by its type: `NotSent` (safe to repeat), `ServerTrouble` (5xx), `Flooded`
  (429), else the outcome is unknown (`TimedOut`, `NetworkError`).
* Neither the token (it is part of every address) nor anyone's words get into an error or a log line: errors name
  the kind of failure only.
* getUpdates has connections of its own, so that a crowd of sends never makes the bot deaf.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientTimeout, ConnectionTimeoutError, FormData, TCPConnector
from aiohttp.client_exceptions import ClientConnectionResetError, ClientConnectorError
from telegram import Bot
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.telegram.errors import Flooded, NotSent, ServerTrouble

TELEGRAM = "https://api.telegram.org"

POLL_CONNECTIONS: Final = 4
"""With one, a connection that hangs leaves the bot deaf (telegram.md, inbound)."""

SEND_CONNECTIONS: Final = 32
"""Eight sends, eight answered taps, and room for those that hang."""

Headers = Callable[[Mapping[str, str]], None]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds of real time. `media` is for requests that carry a file."""

    connect: float = 5.0
    read: float = 10.0
    media: float = 60.0


class AiohttpRequest(BaseRequest):
    """PTB's transport. `on_headers` is shown the headers of every answer (in rehearsal they tell the time)."""

    __slots__ = ("_connections", "_on_headers", "_session", "_timeouts")

    def __init__(self, connections: int, timeouts: Timeouts, on_headers: Headers | None = None) -> None:
        self._connections = connections
        self._timeouts = timeouts
        self._on_headers = on_headers
        self._session: ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        return self._timeouts.read

    async def initialize(self) -> None:
        if self._session is None:
            connector = TCPConnector(limit=self._connections, keepalive_timeout=30)
            headers = {"User-Agent": self.USER_AGENT}
            self._session = ClientSession(connector=connector, headers=headers, auto_decompress=True)

    async def shutdown(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - `sock_read` runs from the last byte written
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - part of `connect` in aiohttp
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise NotSent("The transport is closed.")
        body: bytes | FormData | None = None
        headers = None
        read: float | None = self._timeouts.read
        if request_data is not None:
            if request_data.contains_files:
                body, read = _form(request_data), self._timeouts.media
            elif parameters := request_data.parameters:
                # real characters, not \u escapes: two bytes instead of six for a letter of Arabic
                body = json.dumps(parameters, ensure_ascii=False).encode("utf-8", "replace")
                headers = _JSON
        read = _given(read_timeout, read)
        connect = _given(connect_timeout, self._timeouts.connect)
        try:
            async with self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=ClientTimeout(connect=connect, sock_connect=connect, sock_read=read),
                allow_redirects=False,
            ) as response:
                payload = await response.read()
                if self._on_headers is not None:
                    self._on_headers(response.headers)
                status = response.status
        except (ConnectionTimeoutError, ClientConnectorError) as failure:
            raise NotSent(type(failure).__name__) from None
        except TimeoutError:
            raise TimedOut("no answer in time") from None
        except ClientConnectionResetError as failure:
            raise NetworkError(type(failure).__name__) from None
        except (ClientError, OSError) as failure:
            raise NetworkError(type(failure).__name__) from None
        if status == 429:
            raise Flooded(_retry_after(payload))
        if status >= 500:
            raise ServerTrouble(f"http_{status}")
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As PTB's, but what could not be read is not written into the log: it may hold someone's words."""
        try:
            found = json.loads(payload)
        except (ValueError, RecursionError):
            raise TelegramError("the answer is no JSON") from None
        if not isinstance(found, dict):
            raise TelegramError("the answer is no JSON object")
        return found


class TelegramBot(Bot):
    """PTB's bot with one door more: a method by its own name, the answer as it came."""

    __slots__ = ()

    async def call(self, method: str, /, *, read_timeout: float | None = None, **parameters: Any) -> Any:
        """Call a method of the Bot API and give its result unparsed. `None` is left out. Raises `TelegramError`."""
        if read_timeout is None:
            return await self._post(method, parameters)
        return await self._post(method, parameters, read_timeout=read_timeout)


def build_bot(
    token: str, api_url: str = TELEGRAM, *, timeouts: Timeouts | None = None, on_headers: Headers | None = None
) -> TelegramBot:
    """A bot that is not connected yet (`connect` does that). `api_url` is the host part of the Bot API."""
    # PTB writes whole messages into its log at DEBUG, and bodies of failed answers at ERROR.
    logging.getLogger("telegram").setLevel(logging.CRITICAL)
    timeouts = timeouts or Timeouts()
    host = api_url.rstrip("/")
    return TelegramBot(
        token,
        base_url=f"{host}/bot",
        base_file_url=f"{host}/file/bot",
        request=AiohttpRequest(SEND_CONNECTIONS, timeouts, on_headers),
        get_updates_request=AiohttpRequest(POLL_CONNECTIONS, timeouts, on_headers),
    )


_JSON = {"Content-Type": "application/json"}


def _given(value: Any, default: float | None) -> float | None:
    return default if value is BaseRequest.DEFAULT_NONE else value


def _form(request_data: RequestData) -> FormData:
    form = FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, kind) in request_data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form


def _retry_after(payload: bytes) -> float:
    """Telegram's own number; one second where it gave none."""
    try:
        seconds = json.loads(payload)["parameters"]["retry_after"]
        return max(1.0, float(seconds))
    except (ValueError, TypeError, KeyError):
        return 1.0
