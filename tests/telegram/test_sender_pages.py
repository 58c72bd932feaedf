"""A page waits in the outbox as words and becomes a file when it is sent."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bot.drawing import Drawing
from flows.effects import Lane
from storage.messages import Message, Page, message_from_text, message_to_text
from storage.outbox import Outgoing
from tests.telegram.desk import START, Desk

PAGE = Page("certificate.pdf", "en", False, (("title", "Certificate"), ("name", "Fatmata")), "It could not be made.")
MESSAGE = Message("document", "Here it is.", page=PAGE)
ROW = Outgoing(None, None, 5, Lane.REPLY, MESSAGE, START)


def test_a_page_goes_out_as_a_file_with_its_line_below(play: Callable[..., None]) -> None:
    assert message_from_text(message_to_text(MESSAGE)) == MESSAGE

    async def scene(desk: Desk) -> None:
        await desk.insert(ROW)
        desk.sender.wake()
        await desk.until_states("sent")
        [call] = desk.api.of("sendDocument")
        assert call.parameters["caption"] == "Here it is."
        [(name, content)] = [one for one in call.parameters.values() if isinstance(one, tuple)]
        assert name == "certificate.pdf"
        assert content.startswith(b"%PDF-")
        assert not desk.api.sent()

    play(scene)


def test_where_it_can_not_be_drawn_that_is_said_instead(play: Callable[..., None]) -> None:
    async def scene(desk: Desk) -> None:
        desk.start(drawing=Drawing(structlog.get_logger(), ("/no/such/program",)))
        await desk.insert(ROW)
        desk.sender.wake()
        await desk.until_states("sent")
        assert [call.text for call in desk.api.sent()] == ["It could not be made."]
        assert not desk.api.of("sendDocument")

    play(scene, started=False)


def test_others_are_sent_to_while_a_page_is_drawn(play: Callable[..., None]) -> None:
    async def scene(desk: Desk) -> None:
        await desk.insert(ROW)
        await desk.send(6, "meanwhile")
        await desk.until_states("sent", "sent")
        assert [call.method for call in desk.api.calls if call.method.startswith("send")] == [
            "sendMessage",
            "sendDocument",
        ]

    play(scene)
