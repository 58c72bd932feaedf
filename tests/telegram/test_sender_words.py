"""What the sender does beside sending: marks on keyboards, and word of what became of a message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import structlog
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.drawing import Drawing
from flows.effects import Lane
from flows.events.own import ChatBlocked
from flows.events.shell import ReceiptCame
from flows.people import PersonId
from storage import schema
from storage.messages import Picture
from storage.outbox import Message, Outgoing
from tests.telegram.desk import START, Desk
from tests.telegram.small_api import refused

# -- pictures ----------------------------------------------------------------------------------------------------------


def pictured(chat: int) -> Outgoing:
    picture = Picture("What flowed", "As you told me", ("Nov",), (("From Fatmata to Anneke", (2,)),))
    message = Message("picture", "November: gave 2 times", picture=picture)
    return Outgoing(None, PersonId(chat), chat, Lane.REPLY, message, START)


def test_a_picture_is_drawn_when_it_is_sent_with_its_words_below_it(play: Callable[..., None]) -> None:
    async def scene(desk: Desk) -> None:
        await desk.insert(pictured(5))
        desk.sender.wake()
        await desk.until_states("sent")
        [call] = desk.api.of("sendPhoto")
        assert call.parameters["caption"] == "November: gave 2 times"
        assert any(isinstance(part, tuple) and part[1].startswith(b"\x89PNG") for part in call.parameters.values())
        assert not desk.api.of("sendMessage")

    play(scene)


def test_where_a_picture_can_not_be_drawn_its_words_are_sent(play: Callable[..., None]) -> None:
    async def scene(desk: Desk) -> None:
        await desk.insert(pictured(5))
        desk.sender.wake()
        await desk.until_states("sent")
        assert [call.text for call in desk.api.of("sendMessage")] == ["November: gave 2 times"]
        assert not desk.api.of("sendPhoto")

    play(scene, drawing=Drawing(structlog.get_logger(), ("/no/such/program",)))


# -- marks -------------------------------------------------------------------------------------------------------------


def mark(target: str, label: str = "✓ Yes") -> Outgoing:
    buttons = (((label, "1.ask.1"),),)
    return Outgoing(None, PersonId(5), 5, Lane.REPLY, Message("mark", buttons=buttons, target=target), START)


def test_a_mark_changes_the_latest_message_of_its_anchor(play: Callable[..., None]) -> None:
    async def scene(desk: Desk) -> None:
        await desk.send(5, "asked", anchor="p5/s1/ask")
        await desk.send(5, "asked again", anchor="p5/s1/ask")
        await desk.insert(mark("p5/s1/ask"), mark("p5/s1/never_sent"))
        desk.sender.wake()
        await desk.until_states("sent", "sent", "sent", "withdrawn")
        edit = desk.api.of("editMessageReplyMarkup")[0].parameters
        assert edit["message_id"] == desk.api.of("sendMessage")[1].parameters["message_id"]
        assert edit["reply_markup"]["inline_keyboard"] == [[{"text": "✓ Yes", "callback_data": "1.ask.1"}]]
        assert "text" not in edit

    play(scene)


@pytest.mark.parametrize(
    ("description", "state"),
    [
        ("Bad Request: message is not modified: specified new message content …", "sent"),
        ("Bad Request: message to edit not found", "withdrawn"),
        ("Bad Request: message can't be edited", "withdrawn"),
    ],
)
def test_a_mark_that_is_not_needed_any_more_is_dropped_quietly(
    play: Callable[..., None], description: str, state: str
) -> None:
    async def scene(desk: Desk) -> None:
        desk.api.rules.append(
            lambda call: refused(400, description) if call.method == "editMessageReplyMarkup" else None
        )
        with capture_logs() as logs:
            await desk.send(5, "asked", anchor="p5/s1/ask")
            await desk.insert(mark("p5/s1/ask"))
            desk.sender.wake()
            await desk.until_states("sent", state)
        assert logs == []

    play(scene)


def test_a_chat_that_moved_is_followed_once(play: Callable[..., None]) -> None:
    async def scene(desk: Desk) -> None:
        said = "Bad Request: group chat was upgraded to a supergroup chat"
        desk.api.rules.append(lambda call: refused(400, said, migrate_to_chat_id=77) if call.chat == 5 else None)
        await desk.send(5, "hello")
        await desk.until_states("sent")
        assert [call.chat for call in desk.api.sent()] == [5, 77]
        async with desk.database.read() as tx:
            found = await tx.execute(select(schema.people.c.telegram_id).where(schema.people.c.id == 5))
            assert found.scalar_one() == 77

    play(scene)


# -- receipts ----------------------------------------------------------------------------------------------------------


def note(chat: int, key: str) -> Outgoing:
    """A note to the person of `chat`, of which person 6 waits to hear in her session 3."""
    return Outgoing(key, PersonId(chat), chat, Lane.REPLY, Message("send", "a note"), START, receipt=(PersonId(6), 3))


def test_who_waits_for_it_hears_that_a_message_was_delivered(play: Callable[..., None]) -> None:
    async def scene(desk: Desk) -> None:
        await desk.insert(note(5, "n/1"))
        desk.sender.wake()
        await desk.until_states("sent")
        assert await desk.news() == [ReceiptCame(3, "delivered")]

    play(scene)


def test_who_waits_for_it_hears_that_a_message_waits_for_its_reader(play: Callable[..., None]) -> None:
    async def scene(desk: Desk) -> None:
        desk.api.rules.append(lambda _: refused(403, "Forbidden: bot was blocked by the user"))
        desk.api.hold = asyncio.Event()
        await desk.insert(note(5, "n/1"), note(5, "n/2"))
        desk.sender.wake()
        await asyncio.sleep(0.1)
        desk.api.hold.set()
        await desk.until_counted("unreachable", 1)
        await desk.until_states("waiting", "waiting")
        assert await desk.news() == [ChatBlocked("blocked"), ReceiptCame(3, "waiting"), ReceiptCame(3, "waiting")]

    play(scene)
