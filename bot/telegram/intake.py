"""Where updates come in: by long polling, or by webhook. Acknowledged only after the turns are on disk.

Rules kept here:

* The offset moves on, and a webhook answers 200, only when `submit` has returned. It returns after the commit.
* The offset starts at 0: after a quiet week Telegram chooses the next id at random, so the largest id we know says
  nothing. Repeats have no effect, by their key.
* One update that is not understood does not hold back the others, and is acknowledged with them.
* What Telegram waits for is never dropped: no `drop_pending_updates`.
* An outage is said once, and its end once. Another poller is an alarm.
* No address, token or secret gets into the log.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog
from aiohttp import web
from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError, TelegramError

from bot.arrivals import Arrival
from bot.telegram.errors import Flooded, TokenRefused
from bot.telegram.inbound import ALLOWED_UPDATES, arrival, update_id
from bot.telegram.outage import Outage
from bot.telegram.outcomes import slug

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.telegram.transport import TelegramBot

Submit = Callable[[Sequence[Arrival]], Awaitable[None]]
Result = TypeVar("Result")

BATCH: Final = 100
"""Bot API, getUpdates.limit: at most 100. A batch is one transaction."""
POLL_SECONDS: Final = 25
"""How long Telegram keeps an empty poll open. Less than what routers let lie idle."""
POLL_GRACE: Final = 10.0

WEBHOOK_BYTES: Final = 1024 * 1024
"""An update of text and buttons has a few kilobytes; one of 4096 characters with entities stays under 400."""
WEBHOOK_CONNECTIONS: Final = 40
WEBHOOK_SECONDS: Final = 50.0
"""Telegram waits 60 s for the answer, then sends again."""
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
WEBHOOK_PATH: Final = "/telegram"
WEBHOOK_ANSWERS: Final = (200, 400, 403, 413, 503)


async def connect(bot: TelegramBot, clock: Clock, *, log: Any = None) -> str:
    """The bot's name, once Telegram can be reached: said once, tried until then. Raises `TokenRefused`."""
    await until_accepted(bot.initialize, clock, "start", log=log)
    return bot.username


async def until_accepted(call: Callable[[], Awaitable[object]], clock: Clock, what: str, *, log: Any = None) -> None:
    """Make a call that the start needs until Telegram takes it; a failure is said once and ends nothing. Raises
    `TokenRefused`."""
    outage = Outage(log or structlog.get_logger(__name__), what)
    while True:
        try:
            await call()
        except InvalidToken:
            raise TokenRefused from None  # PTB's own sentence holds the token
        except Flooded as flooded:
            await clock.sleep(flooded.seconds)
        except BadRequest as refusal:
            await clock.sleep(outage.refused(slug(refusal.message)))
        except TelegramError as failure:
            await clock.sleep(outage.failed(type(failure).__name__))
        else:
            outage.ended()
            return


class Polling:
    """Raw getUpdates. One at a time may poll for a bot: `is_contested` while another one does."""

    def __init__(
        self,
        bot: TelegramBot,
        submit: Submit,
        clock: Clock,
        *,
        poll_seconds: int = POLL_SECONDS,
        log: Any = None,
    ) -> None:
        self._bot = bot
        self._submit = submit
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._log = log or structlog.get_logger(__name__)
        self._outage = Outage(self._log, "polling")
        self._offset = 0
        self._conflicts = 0
        self._stop = asyncio.Event()
        self.last_poll_at: float | None = None
        """When a poll last succeeded, or polling began, on the clock's monotonic count; `None` while there is none. For
        the watchdog: more than about `poll_seconds` + 60 s without one means that the bot is deaf."""
        self.submitting = False
        """Whether a batch is on its way into the turns."""

    @property
    def is_contested(self) -> bool:
        """Whether the latest poll was refused because somebody else polls."""
        return self._conflicts > 0

    async def run(self) -> None:
        """Polls until `stop`. Raises `TokenRefused`, or when cancelled."""
        self.last_poll_at = self._clock.monotonic()
        await self._forget_webhook()
        while not self._stop.is_set():
            updates = await self._poll()
            if updates:
                await self._take(updates)

    def stop(self) -> None:
        """No more polls; a batch that has come in is finished first."""
        self._stop.set()

    async def _poll(self) -> list[Any]:
        """One batch; nothing when stopped or in trouble (which has been waited for by then)."""
        try:
            updates = await self._unless_stopped(
                self._bot.call(
                    "getUpdates",
                    offset=self._offset or None,
                    limit=BATCH,
                    timeout=self._poll_seconds,
                    allowed_updates=list(ALLOWED_UPDATES),
                    read_timeout=self._poll_seconds + POLL_GRACE,
                )
            )
        except InvalidToken:
            raise TokenRefused from None
        except Conflict as conflict:
            await self._other_poller(conflict)
            return []
        except Flooded as flooded:
            await self._sleep(flooded.seconds)
            return []
        except TelegramError as failure:
            await self._sleep(self._outage.failed(type(failure).__name__))
            return []
        if updates is None:
            return []
        self.last_poll_at = self._clock.monotonic()
        self._outage.ended()
        if self._conflicts:
            self._log.info("other_poller_gone", after=self._conflicts)
            self._conflicts = 0
        return updates if isinstance(updates, list) else []

    async def _take(self, updates: list[Any]) -> None:
        """Hand over what came; the offset moves only then."""
        arrivals = [found for update in updates if (found := arrival(update)) is not None]
        self.submitting = True
        try:
            if arrivals:
                await self._submit(arrivals)
        except asyncio.CancelledError:
            raise
        except Exception as failure:
            # `submit` promises not to. Nothing is acknowledged, and the same updates are taken again.
            self._log.error("batch_not_taken", error=type(failure).__name__)
            await self._sleep(1.0)
            return
        finally:
            self.submitting = False
        numbers = [number for update in updates if (number := update_id(update)) is not None]
        if numbers:
            self._offset = max(numbers) + 1
        else:
            self._log.error("updates_without_number", count=len(updates))
            await self._sleep(1.0)

    async def _other_poller(self, conflict: Conflict) -> None:
        if "webhook" in conflict.message.lower():
            await self._forget_webhook()
            await self._sleep(1.0)
            return
        if self._conflicts == 0:
            self._log.error("another_poller", advice="Another process polls with this bot's token: stop one of them.")
        self._conflicts += 1
        await self._sleep(float(min(30, 2 ** min(self._conflicts - 1, 5))))

    async def _forget_webhook(self) -> None:
        """getUpdates does not work beside a webhook. What waits for the webhook comes by polling then."""
        while not self._stop.is_set():
            try:
                await self._unless_stopped(self._bot.call("deleteWebhook"))
            except InvalidToken:
                raise TokenRefused from None
            except Flooded as flooded:
                await self._sleep(flooded.seconds)
            except NetworkError as failure:
                await self._sleep(self._outage.failed(type(failure).__name__))
            except TelegramError as failure:
                self._log.warning("webhook_not_deleted", error=type(failure).__name__)
                return
            else:
                self._outage.ended()
                return

    async def _sleep(self, seconds: float) -> None:
        await self._unless_stopped(self._clock.sleep(seconds))

    async def _unless_stopped(self, work: Coroutine[Any, Any, Result]) -> Result | None:
        """The result of `work`; `None` when stopped before it ended."""
        task, stop = asyncio.ensure_future(work), asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((task, stop), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            return None
        finally:
            for left in (task, stop):
                left.cancel()
            await asyncio.gather(task, stop, return_exceptions=True)


def webhook_secret(token: str) -> str:
    """What Telegram sends along with every update, so that nobody else can. Made from the token, so that every
    process knows it and nobody has to keep it; the token can not be told from it."""
    return hmac.new(token.encode(), b"twinbot webhook", hashlib.sha256).hexdigest()


class Webhook:
    """The route for Telegram. `handle` belongs on an aiohttp server under POST `WEBHOOK_PATH`."""

    def __init__(self, submit: Submit, secret: str, *, seconds: float = WEBHOOK_SECONDS, log: Any = None) -> None:
        self._submit = submit
        self._secret = secret.encode()
        self._seconds = seconds
        self._log = log or structlog.get_logger(__name__)
        self._tasks: set[asyncio.Future[None]] = set()
        self.answered: Counter[int] = Counter()
        """How often each of `WEBHOOK_ANSWERS` was given."""

    def routes(self) -> list[web.RouteDef]:
        return [web.post(WEBHOOK_PATH, self.handle)]

    async def handle(self, request: web.Request) -> web.Response:
        """200 after the commit; 403 without the secret, 413 over 1 MiB, 400 for no JSON, 503 when it was not kept."""
        status = await self._status(request)
        self.answered[status] += 1
        return web.Response(status=status)

    async def _status(self, request: web.Request) -> int:
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._secret):
            self._log.warning("webhook_without_secret")
            return 403
        body = await self._body(request)
        if body is None:
            return 413
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            return 400
        found = arrival(update)
        if found is None:
            return 200
        # Not cancelled with the request: what is half way to disk goes on, and a repeat finds its key.
        task = asyncio.ensure_future(self._submit([found]))
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        try:
            await asyncio.wait_for(asyncio.shield(task), self._seconds)
        except TimeoutError:
            return 503
        except Exception as failure:
            self._log.error("update_not_taken", error=type(failure).__name__)
            return 503
        return 200

    async def _body(self, request: web.Request) -> bytes | None:
        if (request.content_length or 0) > WEBHOOK_BYTES:
            return None
        body = bytearray()
        async for part in request.content.iter_chunked(65_536):
            body += part
            if len(body) > WEBHOOK_BYTES:
                return None
        return bytes(body)

    def _forget(self, task: asyncio.Future[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # looked at: said already, or nobody waits any more


def webhook_url(public_url: str) -> str:
    """Where Telegram calls."""
    return public_url.rstrip("/") + WEBHOOK_PATH


async def set_webhook(bot: TelegramBot, public_url: str, secret: str, *, log: Any = None) -> bool:
    """Tell Telegram that updates go to `public_url` + `WEBHOOK_PATH`, where that differs from what it knows. Says
    whether it had to be told.

    The secret can not be read back; updates that wait after a 403 say that it is another one.
    Raises `TokenRefused` and PTB's `TelegramError`.
    """
    url = webhook_url(public_url)
    try:
        info = await bot.call("getWebhookInfo")
        same = (
            info.get("url") == url
            and info.get("max_connections", WEBHOOK_CONNECTIONS) == WEBHOOK_CONNECTIONS
            and sorted(info.get("allowed_updates") or ()) == sorted(ALLOWED_UPDATES)
            and not (info.get("pending_update_count") and "403" in str(info.get("last_error_message", "")))
        )
        if same:
            return False
        await bot.call(
            "setWebhook",
            url=url,
            secret_token=secret,
            max_connections=WEBHOOK_CONNECTIONS,
            allowed_updates=list(ALLOWED_UPDATES),
        )
    except InvalidToken:
        raise TokenRefused from None
    (log or structlog.get_logger(__name__)).info("webhook_set", max_connections=WEBHOOK_CONNECTIONS)
    return True
