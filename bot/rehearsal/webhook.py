"""Delivery to the bot's webhook.

Rules kept here:

* One update of a chat at a time, in order; chats do not wait for one another, up to `max_connections`.
* Only an answer of 2xx confirms. Anything else is tried again, later each time, as long as Telegram keeps updates; the
  next try is due on the simulated clock, so a moved clock does not pass it.
* The secret goes along in `X-Telegram-Bot-Api-Secret-Token`. What the answer's body says is not read: Telegram would
  take a method call there, the bot makes none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.rehearsal.bell import Bell
from bot.rehearsal.clockwork import Clockwork
from bot.rehearsal.faults import Kind
from bot.rehearsal.state import Room
from bot.rehearsal.updates import Waiting

ANSWER_WITHIN = 60.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0


@dataclass
class _Trouble:
    """A chat whose delivery failed."""

    tries: int = 0
    until: float = 0.0


class Delivery:
    """Delivers what waits in `room` while a webhook is set. `delivered` is called after each confirmation."""

    def __init__(self, room: Room, clock: Clockwork, delivered: Callable[[], None]) -> None:
        self._room = room
        self._clock = clock
        self._delivered = delivered
        self._bell = Bell()
        self._flying: dict[int, asyncio.Task[None]] = {}
        self._trouble: dict[int, _Trouble] = {}

    def look(self) -> None:
        """Something changed: an update, the webhook, the clock."""
        self._bell.ring()

    def due(self) -> float | None:
        """When the next try is due; `None` when none is."""
        if not self._room.webhook.url:
            return None
        now = self._clock.now()
        later = [trouble.until for trouble in self._trouble.values() if trouble.until > now]
        return min(later) if later else None

    async def run(self) -> None:
        """Delivers, for ever; ends its connections when cancelled."""
        async with ClientSession(timeout=ClientTimeout(total=ANSWER_WITHIN)) as session:
            try:
                while True:
                    self._start(session)
                    due = self.due()
                    await self._bell.wait(None if due is None else max(0.01, min(1.0, due - self._clock.now())))
            finally:
                for task in list(self._flying.values()):
                    task.cancel()
                await asyncio.gather(*self._flying.values(), return_exceptions=True)

    def _start(self, session: ClientSession) -> None:
        room, now = self._room, self._clock.now()
        if not room.webhook.url:
            self._trouble.clear()
            return
        room.updates.expire(now)
        first: dict[int, Waiting] = {}
        last: dict[int, Waiting] = {}
        for update in room.updates.waiting:
            first.setdefault(update.chat, update)
            last[update.chat] = update
        for chat in [chat for chat in self._trouble if chat not in first]:
            del self._trouble[chat]
        for chat, update in first.items():
            trouble = self._trouble.get(chat)
            if chat in self._flying or (trouble and trouble.until > now):
                continue
            if len(self._flying) >= room.webhook.max_connections:
                return
            chosen = update
            if last[chat] is not update and room.faults.on_delivery(Kind.DISORDER_UPDATES):
                chosen = last[chat]
            self._flying[chat] = asyncio.create_task(self._deliver(session, chosen))

    async def _deliver(self, session: ClientSession, update: Waiting) -> None:
        room = self._room
        try:
            error = await self._post(session, update)
            if error is None and (update.repeats > 0 or room.faults.on_delivery(Kind.DOUBLE_UPDATES)):
                error = await self._post(session, update)
            if error is None:
                room.updates.forget({update.id})
                self._trouble.pop(update.chat, None)
                self._delivered()
            else:
                trouble = self._trouble.setdefault(update.chat, _Trouble())
                trouble.until = self._clock.now() + min(LONGEST_PAUSE, FIRST_PAUSE * 2**trouble.tries)
                trouble.tries += 1
                room.webhook.last_error, room.webhook.last_error_at = error, self._clock.now()
        finally:
            del self._flying[update.chat]
            self._bell.ring()

    async def _post(self, session: ClientSession, update: Waiting) -> str | None:
        """Posts `update`; answers what went wrong in Telegram's words, or `None`."""
        hook = self._room.webhook
        headers = {"X-Rehearsal-Now": f"{self._clock.now():.6f}"}
        if hook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret
        try:
            async with session.post(hook.url, json=update.told(), headers=headers, allow_redirects=False) as answer:
                if 200 <= answer.status < 300:
                    return None
                return f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except TimeoutError:
            return "Read timeout expired"
        except (ClientError, OSError, ValueError):
            return "Connection refused"
