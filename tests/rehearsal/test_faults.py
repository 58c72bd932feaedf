"""Every fault that can be switched on, seen from the bot's end of the line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import ClientError

from bot.rehearsal.errors import RoomError
from bot.rehearsal.faults import Kind

from .line import AMINATA, Line, keyboard, open_line

Case = Callable[[Line, list[str]], Awaitable[None]]
CASES: dict[Kind, Case] = {}


def fault(kind: Kind) -> Callable[[Case], Case]:
    def note(case: Case) -> Case:
        CASES[kind] = case
        return case

    return note


def test_every_fault_is_played_here() -> None:
    assert set(CASES) == set(Kind)


@pytest.mark.parametrize("kind", CASES, ids=lambda kind: kind.value)
def test_the_fault_happens_once_and_then_all_is_well(kind: Kind) -> None:
    killed: list[str] = []

    async def scene() -> None:
        async with open_line(kill=lambda: killed.append("now")) as line, asyncio.timeout(20):
            await CASES[kind](line, killed)
            assert line.faults.active == []
            await line.send("all is well")
            assert _texts(line)[-1] == "all is well"

    asyncio.run(scene())
    assert len(killed) == kind.value.startswith("kill")


def _texts(line: Line) -> list[str]:
    return [message.text for message in line.phone().messages.values() if message.sender == "bot"]


async def _broken(line: Line) -> None:
    with pytest.raises(ClientError):
        await line.send()


@fault(Kind.TOO_MANY_REQUESTS)
async def too_many_requests(line: Line, _: list[str]) -> None:
    line.faults.add(Kind.TOO_MANY_REQUESTS, retry_after=17)
    told = await line.call("sendMessage", chat_id=AMINATA, text="x")
    assert (told["error_code"], told["parameters"]) == (429, {"retry_after": 17})
    assert _texts(line) == []


@fault(Kind.FORBIDDEN)
async def forbidden(line: Line, _: list[str]) -> None:
    line.faults.add(Kind.FORBIDDEN)
    told = await line.call("sendMessage", chat_id=AMINATA, text="x")
    assert told["description"] == "Forbidden: bot was blocked by the user"


@fault(Kind.SERVER_ERROR)
async def server_error(line: Line, _: list[str]) -> None:
    line.faults.add(Kind.SERVER_ERROR)
    told = await line.call("sendMessage", chat_id=AMINATA, text="x")
    assert told == {"ok": False, "error_code": 502, "description": "Bad Gateway"}
    line.faults.add(Kind.SERVER_ERROR, method="getUpdates", status=500)
    assert (await line.call("getUpdates"))["error_code"] == 500
    assert _texts(line) == []


@fault(Kind.TIMEOUT_BEFORE)
async def timeout_before(line: Line, _: list[str]) -> None:
    line.faults.add(Kind.TIMEOUT_BEFORE)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await line.send()
    assert _texts(line) == []


@fault(Kind.TIMEOUT_AFTER)
async def timeout_after(line: Line, _: list[str]) -> None:
    line.faults.add(Kind.TIMEOUT_AFTER)
    sending = asyncio.create_task(line.send("taken"))
    await line.until(lambda: _texts(line) == ["taken"])
    await asyncio.sleep(0.05)
    assert not sending.done()
    sending.cancel()
    line.faults.add(Kind.TIMEOUT_AFTER, seconds=0.01)  # a client that waits longer sees the connection break
    await _broken(line)


@fault(Kind.DROP_BEFORE)
async def drop_before(line: Line, _: list[str]) -> None:
    line.faults.add(Kind.DROP_BEFORE)
    await _broken(line)
    assert _texts(line) == []


@fault(Kind.DROP)
async def drop(line: Line, _: list[str]) -> None:
    line.faults.add(Kind.DROP)
    await _broken(line)
    assert _texts(line) == ["Hello"]


@fault(Kind.DOUBLE_UPDATES)
async def double_updates(line: Line, _: list[str]) -> None:
    line.faults.add(Kind.DOUBLE_UPDATES)
    assert await line.ok("getUpdates") == []  # an empty delivery is none
    line.write("one")
    line.write("two")
    words = [update["message"]["text"] for update in await line.ok("getUpdates")]
    assert words == ["one", "one", "two", "two"]
    assert len(await line.ok("getUpdates")) == 2


@fault(Kind.REPEAT_UPDATES)
async def repeat_updates(line: Line, _: list[str]) -> None:
    line.faults.add(Kind.REPEAT_UPDATES)
    line.write("one")
    (first,) = await line.ok("getUpdates")
    assert await line.ok("getUpdates", offset=first["update_id"] + 1) == [first]
    assert await line.ok("getUpdates", offset=first["update_id"] + 1) == []


@fault(Kind.DISORDER_UPDATES)
async def disorder_updates(line: Line, _: list[str]) -> None:
    line.faults.add(Kind.DISORDER_UPDATES)
    line.write("one")
    line.write("two")
    assert [update["message"]["text"] for update in await line.ok("getUpdates")] == ["two", "one"]
    assert [update["message"]["text"] for update in await line.ok("getUpdates")] == ["one", "two"]


@fault(Kind.KILL_BEFORE)
async def kill_before(line: Line, killed: list[str]) -> None:
    line.faults.add(Kind.KILL_BEFORE, method="sendMessage")
    await line.ok("getMe")
    await _broken(line)
    assert (killed, _texts(line)) == (["now"], [])


@fault(Kind.KILL_AFTER)
async def kill_after(line: Line, killed: list[str]) -> None:
    line.faults.add(Kind.KILL_AFTER, method="sendMessage", nth=2)
    await line.send("first")
    with pytest.raises(ClientError):
        await line.send("second")
    assert (killed, _texts(line)) == (["now"], ["first", "second"])


@fault(Kind.KILL_CONFIRM)
async def kill_confirm(line: Line, killed: list[str]) -> None:
    line.faults.add(Kind.KILL_CONFIRM)
    line.write("an answer")
    (update,) = await line.ok("getUpdates", offset=0)
    assert killed == []
    with pytest.raises(ClientError):
        await line.ok("getUpdates", offset=update["update_id"] + 1)
    assert killed == ["now"]
    assert await line.ok("getUpdates") == [update]  # the offset was not taken


# -- which call, how often ---------------------------------------------------------------------------------------------


def test_a_fault_keeps_to_its_method_chat_number_and_count() -> None:
    async def scene() -> None:
        async with open_line() as line:
            line.faults.add(Kind.SERVER_ERROR, method="sendMessage", chat=AMINATA, nth=2, count=2)
            codes = [
                (await line.call("sendMessage", chat_id=AMINATA, text="x")).get("error_code", 200) for _ in range(4)
            ]
            assert codes == [200, 502, 502, 200]
            line.faults.add(Kind.SERVER_ERROR, count=None)
            assert await line.ok("getUpdates") == []  # without a method: every call but getUpdates
            for _ in range(3):
                assert (await line.call("getMe"))["error_code"] == 502
            line.faults.clear()
            await line.ok("getMe")

    asyncio.run(scene())


def test_a_refused_call_does_not_use_up_what_should_follow_its_acceptance() -> None:
    async def scene() -> None:
        async with open_line() as line:
            line.faults.add(Kind.DROP, method="sendMessage")
            assert (await line.call("sendMessage", chat_id=999, text="x"))["error_code"] == 400
            await _broken(line)

    asyncio.run(scene())


def test_a_fault_on_an_answer_to_a_tap_knows_its_chat() -> None:
    async def scene() -> None:
        async with open_line() as line:
            line.faults.add(Kind.SERVER_ERROR, method="answerCallbackQuery", chat=AMINATA)
            await line.send(reply_markup=keyboard(("Yes",)))
            query = line.tap("Yes")
            assert (await line.call("answerCallbackQuery", callback_query_id=query.id))["error_code"] == 502

    asyncio.run(scene())


def test_without_a_process_nothing_can_be_killed() -> None:
    async def scene() -> None:
        async with open_line() as line:
            with pytest.raises(RoomError, match="can not kill"):
                line.faults.add(Kind.KILL_AFTER)

    asyncio.run(scene())


def test_faults_are_switched_over_http_and_nonsense_is_named() -> None:
    async def scene() -> None:
        async with open_line() as line:
            status, told = await line.ask("POST", "/room/faults", {"kind": "drop", "method": "sendMessage", "count": 2})
            assert (status, told["kind"], told["count"]) == (200, "drop", 2)
            await line.ask("POST", "/room/faults", {"kind": "server_error"})
            assert len((await line.ask("GET", "/room/faults"))[1]) == 2
            assert await line.ask("DELETE", "/room/faults", {"kind": "drop", "method": None}) == (200, {"removed": 0})
            gone = await line.ask("DELETE", "/room/faults", {"kind": "drop", "method": "sendMessage"})
            assert gone == (200, {"removed": 1})
            assert await line.ask("DELETE", "/room/faults") == (200, {"removed": 1})
            for wrong in (
                {},
                {"kind": "flood"},
                {"kind": "drop", "nth": 0},
                {"kind": "drop", "chat": "x"},
                {"kind": "drop", "x": 1},
            ):
                status, told = await line.ask("POST", "/room/faults", wrong)
                assert status == 400
                assert told["error"]
            assert line.faults.active == []

    asyncio.run(scene())
