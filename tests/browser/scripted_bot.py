"""A small bot that says fixed things, so that the page can be tried without Twinbot, and the room it lives in.

Rules kept here:

* It meets the room over HTTP only, as any bot: getUpdates, the Bot API's methods, the clock's reports.
* It answers a tap only when `answering` is set: a test can look at the page between the tap and its answer.
* The room runs on a thread of its own, because playwright's plain API can not share a thread with a running loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from aiohttp import ClientError, ClientSession, ClientTimeout, FormData

from bot.rehearsal.room import RunningRoom, running_room

T = TypeVar("T")
TOKEN = "4242:scripted"  # noqa: S105 - opens nothing but the local room
USERNAME = "rehearsal_twinbot"
WEEK = 7 * 24 * 3600.0
LISTENER = 102
"""Who gets the voice notes of the others."""
CHECK_IN = "Hello Anneke. Contact with Fatmata since last time?"
CHOICES = (("Real exchange",), ("Short hello",), ("I tried, no answer",), ("No",))
COMMANDS = (
    ("checkin", "Answer the check-in now"),
    ("numbers", "The check-in with its numbers"),
    ("pause", "Stop asking for a while"),
    ("help", "What I can do"),
)


def inline(*rows: tuple[str, ...]) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": label, "callback_data": label} for label in row] for row in rows]}


class ScriptedBot:
    """Answers people with what the page has to show. `next_prompt` is the simulated moment of its next question."""

    def __init__(self, session: ClientSession, url: str, now: float) -> None:
        self._session = session
        self._url = url
        self.next_prompt = now + WEEK
        self.answering = asyncio.Event()
        self.answering.set()

    async def call(self, method: str, **parameters: Any) -> Any:
        """One call of the Bot API; an answer with `ok` false is an error of the test."""
        async with self._session.post(f"{self._url}/bot{TOKEN}/{method}", json=parameters) as answer:
            told = await answer.json()
        assert told["ok"], told
        return told["result"]

    async def document(self, chat: int, name: str, content: bytes, caption: str) -> None:
        """Sends a file."""
        form = FormData({"chat_id": str(chat), "caption": caption})
        form.add_field("document", content, filename=name)
        async with self._session.post(f"{self._url}/bot{TOKEN}/sendDocument", data=form) as answer:
            told = await answer.json()
        assert told["ok"], told

    async def run(self) -> None:
        commands = [{"command": name, "description": words} for name, words in COMMANDS]
        await self.call("setMyCommands", commands=commands)
        await asyncio.gather(self._poll(), self._follow_clock())

    async def _poll(self) -> None:
        offset = 0
        while True:
            for update in await self.call("getUpdates", offset=offset, timeout=20):
                offset = update["update_id"] + 1
                await self._answer(update)

    async def _answer(self, update: dict[str, Any]) -> None:
        if "message" in update:
            chat = update["message"]["chat"]["id"]
            voice = update["message"].get("voice")
            if voice:
                name = update["message"]["from"]["first_name"]
                words, passed = f"A voice note from {name}.", {"voice": voice["file_id"], "protect_content": True}
                await self.call("sendVoice", chat_id=LISTENER, caption=words, **passed)
                return
            await self._answer_text(chat, update["message"].get("text", ""))
        elif "edited_message" in update:
            message = update["edited_message"]
            await self.call("sendMessage", chat_id=message["chat"]["id"], text=f"Corrected: {message['text']}")
        elif "callback_query" in update:
            tap = update["callback_query"]
            await self.answering.wait()
            await self.call("answerCallbackQuery", callback_query_id=tap["id"], text=tap["data"])
            chat, message = tap["message"]["chat"]["id"], tap["message"]["message_id"]
            chosen = {"inline_keyboard": [[{"text": f"✓ {tap['data']}", "callback_data": "again"}]]}
            await self.call("editMessageReplyMarkup", chat_id=chat, message_id=message, reply_markup=chosen)
            await self.call("sendMessage", chat_id=chat, text="Done, thank you. One line more? Just type it.")

    async def _answer_text(self, chat: int, text: str) -> None:
        if text.startswith("/start"):
            await self.call("sendMessage", chat_id=chat, text=CHECK_IN, reply_markup=inline(*CHOICES))
        elif text == "country":
            keyboard = [[{"text": "Netherlands"}, {"text": "Sierra Leone"}], [{"text": "Another country"}]]
            markup = {"keyboard": keyboard, "resize_keyboard": True}
            await self.call("sendMessage", chat_id=chat, text="Which country are you in?", reply_markup=markup)
        elif text == "faces":
            markup = inline(("😞", "✓ 🙁", "😐", "🙂", "😄"))
            await self.call("sendMessage", chat_id=chat, text="How does it feel?", reply_markup=markup)
        elif text == "Sierra Leone":
            markup = {"remove_keyboard": True}
            await self.call("sendMessage", chat_id=chat, text="Thank you.", reply_markup=markup)
        elif text == "مرحبا":
            markup = inline(("تبادل حقيقي", "تحية قصيرة"), ("حاولت، لا جواب", "لا"))
            await self.call("sendMessage", chat_id=chat, text="هل كان هناك تواصل مع توأمك؟", reply_markup=markup)
        elif text.startswith("silence"):
            return
        else:
            await self.call("sendMessage", chat_id=chat, text=f"You said: {text}")

    async def _follow_clock(self) -> None:
        now = 0.0
        while True:
            report = {"process": "scripted", "idle": True, "next_due": self.next_prompt, "seen": now}
            async with self._session.post(f"{self._url}/clock/report", json=report) as answer:
                now = (await answer.json())["now"]
            if now >= self.next_prompt:
                self.next_prompt += WEEK
                words = f"Next week. {CHECK_IN}"
                await self.call("sendMessage", chat_id=101, text=words, reply_markup=inline(*CHOICES))


class Stage:
    """An open room with the scripted bot in it, as a test sees it from another thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, room: RunningRoom, bot: ScriptedBot) -> None:
        self._loop = loop
        self.room = room
        self.bot = bot
        self.url = f"{room.url}/"

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs `work` beside the room and waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def hold_answers(self) -> None:
        self._loop.call_soon_threadsafe(self.bot.answering.clear)

    def answer(self) -> None:
        self._loop.call_soon_threadsafe(self.bot.answering.set)

    def in_room(self, act: Any, *arguments: Any) -> None:
        """Calls one of the room's own functions on its thread."""

        async def acted() -> None:
            act(*arguments)

        self.do(acted())


@contextmanager
def open_stage(port: int = 0, phones: int = 4) -> Iterator[Stage]:
    """A room with up to four phones (the cast; Isatu reads Arabic here) and the scripted bot, on its own thread."""
    ready: threading.Event = threading.Event()
    opened: list[Stage] = []
    failed: list[BaseException] = []
    ended: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def live() -> None:
        end = asyncio.Event()
        ended.append((asyncio.get_running_loop(), end))
        async with (
            running_room(token=TOKEN, username=USERNAME, port=port) as room,
            ClientSession(timeout=ClientTimeout(total=60)) as session,
        ):
            cast = (
                (101, "Anneke", "nl", "twin · Utrecht", "Europe/Amsterdam"),
                (102, "Fatmata", "en", "twin · Freetown", "Africa/Freetown"),
                (103, "Isatu", "ar", "coordinator · Freetown", "Africa/Freetown"),
                (104, "Marieke", "nl", "coordinator · Utrecht", "Europe/Amsterdam"),
            )
            for chat, name, language, caption, zone in cast[:phones]:
                room.add_phone(chat, name, language, caption, zone)
            bot = ScriptedBot(session, room.url, room.now())
            running = asyncio.create_task(bot.run())
            opened.append(Stage(asyncio.get_running_loop(), room, bot))
            ready.set()
            waiting = asyncio.create_task(end.wait())
            await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()  # a bot that fell over fails the test with its own reason
            for task in (running, waiting):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, ClientError):
                    await task

    def run() -> None:
        try:
            asyncio.run(live())
        except BaseException as error:
            failed.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="rehearsal room")
    thread.start()
    try:
        ready.wait(timeout=20)
        if failed:
            raise failed[0]
        yield opened[0]
    finally:
        if ended:
            with contextlib.suppress(RuntimeError):  # its loop may have ended by itself
                ended[0][0].call_soon_threadsafe(ended[0][1].set)
        thread.join(timeout=20)
    if failed:
        raise failed[0]
