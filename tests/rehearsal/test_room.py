"""The room for people: phones, what they do, what the page is told; hostile input; the whole with a bot's process."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientSession, FormData

from bot.rehearsal import people
from bot.rehearsal.errors import RoomError
from bot.rehearsal.faults import Kind
from bot.rehearsal.room import running_room
from bot.rehearsal.supervisor import python

from .line import AMINATA, BINTU, START, TOKEN, Line, keyboard, play


def test_the_state_says_all_that_the_page_draws() -> None:
    async def scene(line: Line) -> None:
        await line.send("Yes?", reply_markup=keyboard(("Yes", "No")))
        status, state = await line.ask("GET", "/room/state")
        assert status == 200
        assert set(state) >= {"now", "moving", "target", "bot", "bot_username", "faults", "journal", "phones"}
        aminata, bintu = state["phones"]
        assert (aminata["chat"], aminata["name"], aminata["language"]) == (AMINATA, "Aminata", "kri")
        assert (aminata["caption"], aminata["started"], aminata["blocked"]) == ("twin · Freetown", True, False)
        assert (aminata["right_to_left"], bintu["right_to_left"]) == (False, True)
        assert aminata["zone"] == "UTC"
        person, bot = aminata["messages"]
        assert (person["from"], person["text"], bot["from"], bot["text"]) == ("person", "/start", "bot", "Yes?")
        assert bot["buttons"][0][0] == {"text": "Yes", "data": "Yes", "url": None}
        assert (bot["toast"], bot["document"], bot["edited"], bot["at"]) == (None, None, None, START)

    play(scene)


def test_traffic_is_counted_from_the_phone_in_messages_taps_and_bytes() -> None:
    async def scene(line: Line) -> None:
        number = await line.send("é1", reply_markup=keyboard(("Yes",)))  # 3 + 3 bytes
        await line.ok("editMessageText", chat_id=AMINATA, message_id=number, text="new", reply_markup=keyboard(("A",)))
        await line.ok("editMessageReplyMarkup", chat_id=AMINATA, message_id=number, reply_markup=keyboard(("BB",)))
        query = line.tap("BB")
        await line.ok("answerCallbackQuery", callback_query_id=query.id, text="ok")
        line.write("ɔ")
        assert line.phone().traffic.told() == {
            "messages_in": 1, "messages_out": 2, "text_edits": 1, "markup_edits": 1, "taps": 1,
            "bytes_in": 6 + 4 + 2 + 2, "bytes_out": len("/start") + 2,
        }  # fmt: skip
        _, told = await line.ask("GET", "/room/journal?since=0")
        kinds = [entry["kind"] for entry in told["entries"]]
        assert kinds == ["message", "text_edit", "markup_edit", "answer"]
        _, told = await line.ask("GET", "/room/journal?since=3")
        assert [entry["method"] for entry in told["entries"]] == ["answerCallbackQuery"]

    play(scene)


def test_an_answered_tap_shows_its_answer_and_an_edit_without_a_keyboard_takes_it_away() -> None:
    async def scene(line: Line) -> None:
        number = await line.send("Yes?", reply_markup=keyboard(("Yes",)))
        status, told = await line.ask("POST", f"/room/phones/{AMINATA}/tap", {"message": number, "row": 0, "column": 0})
        assert status == 200
        (update,) = await line.ok("getUpdates")
        assert update["callback_query"]["id"] == told["callback"]
        assert update["callback_query"]["data"] == "Yes"
        assert update["callback_query"]["message"]["message_id"] == number
        await line.ok("answerCallbackQuery", callback_query_id=told["callback"], text="Yes!")
        shown = line.phone().messages[number]
        assert (shown.toast, shown.answered) == ("Yes!", 1)
        await line.ok("editMessageText", chat_id=AMINATA, message_id=number, text="Thank you")
        assert (shown.buttons, shown.edited) == ((), START)
        with pytest.raises(RoomError):
            line.tap("Yes")
        people.tap_data(line.room, AMINATA, number, "Yes", line.now())  # the finger was already on its way

    play(scene)


def test_reply_keyboards_come_and_go_and_commands_follow_the_language() -> None:
    async def scene(line: Line) -> None:
        await line.send("keys", reply_markup=json.dumps({"keyboard": [["1", "2"], [{"text": "3"}]]}))
        assert line.phone().reply_keyboard == (("1", "2"), ("3",))
        await line.send("gone", reply_markup={"remove_keyboard": True})
        assert line.phone().reply_keyboard is None
        await line.ok("setMyCommands", commands=[{"command": "help", "description": "Help"}])
        arabic = [{"command": "help", "description": "مساعدة"}]
        await line.ok("setMyCommands", commands=json.dumps(arabic), language_code="ar")
        assert await line.ok("getMyCommands", language_code="ar") == arabic
        _, state = await line.ask("GET", "/room/state")
        assert [phone["commands"][0]["description"] for phone in state["phones"]] == ["Help", "مساعدة"]

    play(scene)


def test_an_empty_chat_shows_what_the_bot_is_in_the_language_of_the_phone() -> None:
    async def scene(line: Line) -> None:
        await line.ok("setMyDescription", description="I ask.")
        await line.ok("setMyDescription", description="أسأل.", language_code="ar")
        _, state = await line.ask("GET", "/room/state")
        assert [phone["description"] for phone in state["phones"]] == ["I ask.", "أسأل."]

    play(scene)


def test_a_person_edits_blocks_and_comes_back_over_http() -> None:
    async def scene(line: Line) -> None:
        phone = f"/room/phones/{AMINATA}"
        _, sent = await line.ask("POST", f"{phone}/text", {"text": "1 3"})
        await line.ask("POST", f"{phone}/edit", {"message": sent["message"], "text": "1 2"})
        await line.ask("POST", f"{phone}/block")
        assert (await line.ask("POST", f"{phone}/text", {"text": "hello?"}))[0] == 409
        await line.ask("POST", f"{phone}/unblock")
        await line.ask("POST", f"{phone}/voice")
        await line.ask("POST", f"{phone}/photo")
        kinds = [next(kind for kind in update if kind != "update_id") for update in await line.ok("getUpdates")]
        assert kinds == ["message", "edited_message", "my_chat_member", "my_chat_member", "message", "message"]
        status, told = await line.ask("POST", f"{phone}/deactivate")
        assert (status, told) == (200, {"deactivated": True})
        assert (await line.ask("POST", f"{phone}/text", {"text": "hello?"}))[0] == 409

    play(scene)


def test_events_tell_phones_the_clock_the_bot_and_faults() -> None:
    async def scene(line: Line) -> None:
        async with line.session.get(f"{line.server.url}/room/events") as stream:
            assert stream.content_type == "text/event-stream"
            assert (await stream.content.readline()).startswith(b":")
            line.write("one")
            line.write("two")
            line.faults.add(Kind.DROP)
            line.jump(60)
            told: dict[str, Any] = {}
            while set(told) != {"phone", "faults", "clock"}:
                kind = (await stream.content.readline()).decode().strip()
                if kind.startswith("event: "):
                    data = (await stream.content.readline()).decode().removeprefix("data: ")
                    told[kind.removeprefix("event: ")] = json.loads(data)
            assert [message["text"] for message in told["phone"]["messages"][-2:]] == ["one", "two"]  # gathered
            assert told["faults"][0]["kind"] == "drop"
            assert told["clock"] == {"now": START + 60, "moving": False, "target": None}

    play(scene)


def test_the_page_is_served_and_nothing_beside_it() -> None:
    async def scene(line: Line) -> None:
        async with line.session.get(f"{line.server.url}/") as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
        for path in ("/page/none.js", "/page/..%2Froom.py", "/page/.", "/nothing"):
            assert (await line.ask("GET", path))[0] == 404

    play(scene)


HOSTILE: list[tuple[str, str, Any]] = [
    ("POST", "/room/phones", None),
    ("POST", "/room/phones", {"chat": "x", "name": "n"}),
    ("POST", "/room/phones", {"chat": 1, "name": ["n"]}),
    ("POST", "/room/phones", {"chat": 1, "name": "n", "language": "<script>"}),
    ("POST", "/room/phones", {"chat": 1, "name": "n", "caption": {}}),
    ("POST", "/room/phones", {"chat": 1, "name": "n", "zone": "Mars/Olympus"}),
    ("POST", "/room/phones", {"chat": 1, "name": "n", "zone": "../etc/passwd"}),
    ("POST", "/room/phones", {"chat": 1, "name": "n", "zone": "Europe"}),
    ("POST", "/room/phones", {"chat": 1, "name": "n", "zone": 7}),
    ("POST", "/room/phones/nobody/text", {"text": "x"}),
    ("POST", "/room/phones/999/text", {"text": "x"}),
    ("POST", f"/room/phones/{AMINATA}/text", {"text": 7}),
    ("POST", f"/room/phones/{AMINATA}/text", {"text": "\ud800"}),
    ("POST", f"/room/phones/{AMINATA}/text", {"text": "x" * 5000}),
    ("POST", f"/room/phones/{AMINATA}/text", [1]),
    ("POST", f"/room/phones/{AMINATA}/tap", {"message": "1", "row": 0, "column": 0}),
    ("POST", f"/room/phones/{AMINATA}/tap", {"message": 1, "row": -1, "column": 0}),
    ("POST", f"/room/phones/{AMINATA}/tap", {"message": 1, "data": "x"}),
    ("POST", f"/room/phones/{AMINATA}/edit", {"message": 999, "text": "x"}),
    ("POST", f"/room/phones/{AMINATA}/open", {"start": 7}),
    ("GET", "/room/journal?since=x", None),
    ("POST", "/room/bot/kill", None),
    ("POST", "/room/bot/restart", None),
    ("PUT", "/room/state", None),
]


def test_hostile_input_to_the_room_gets_a_sentence_never_a_500() -> None:
    async def scene(line: Line) -> None:
        for method, path, body in HOSTILE:
            status, told = await line.ask(method, path, body)
            assert 400 <= status < 500, (method, path, body)
            assert set(told) == {"error"}
        for raw in (b"{", b"\xff\xfe", b"[" * 100_000):
            async with line.session.post(f"{line.server.url}/room/phones", data=raw) as answer:
                assert answer.status == 400

    play(scene)


def test_hostile_input_to_the_bot_api_gets_telegrams_shape_never_a_500() -> None:
    values: list[Any] = [None, True, -1, 1e308, 2**70, "", "\ud800", "9" * 5000, [[]], {"a": 1}, "["]
    names = [
        "chat_id", "text", "message_id", "reply_markup", "entities", "parse_mode", "offset", "limit", "url", "commands",
        "scope", "language_code", "callback_query_id", "file_id", "document", "reply_parameters", "allowed_updates",
        "drop_pending_updates", "caption_entities", "max_connections", "secret_token", "description",
    ]  # fmt: skip
    methods = [
        "sendMessage", "editMessageText", "editMessageReplyMarkup", "deleteMessage", "answerCallbackQuery",
        "getUpdates", "setWebhook", "setMyCommands", "getMyCommands", "deleteMyCommands", "setMyDescription", "getFile",
        "sendDocument", "getMe",
    ]  # fmt: skip

    async def scene(line: Line) -> None:
        await line.send("one")
        base: dict[str, Any] = {"chat_id": AMINATA, "message_id": 2, "text": "x", "offset": 0}
        for method in methods:
            for name in names:
                for value in values:
                    line.jump(2)
                    told = await line.call(method, **(base | {name: value}))
                    assert told["ok"] or 400 <= told["error_code"] < 500, (method, name, value)
        for kind, body in (("application/json", b"[1]"), ("application/json", b"\xff"), ("multipart/form-data", b"x")):
            url, headers = f"{line.server.url}/bot{TOKEN}/sendMessage", {"Content-Type": kind}
            async with line.session.post(url, data=body, headers=headers) as answer:
                assert (answer.status, (await answer.json())["error_code"]) == (400, 400)

    play(scene)


def test_json_forms_and_multipart_say_the_same() -> None:
    async def scene(line: Line) -> None:
        url = f"{line.server.url}/bot{TOKEN}/sendMessage"
        markup = json.dumps(keyboard(("Yes",)))
        plain = {"chat_id": str(AMINATA), "text": "Hello", "reply_markup": markup, "disable_notification": "true"}
        multipart = FormData(plain, default_to_multipart=True)
        for how in ({"data": plain}, {"data": multipart}, {"json": plain}, {"params": plain}):
            async with line.session.post(url, **how) as answer:
                assert (await answer.json())["ok"]
        entries = [{**entry, "n": 0, "message": 0} for entry in line.room.journal]
        assert len(entries) == 4
        assert all(entry == entries[0] for entry in entries)
        assert entries[0]["silent"]

    play(scene)


def test_a_file_sent_once_is_sent_again_by_its_id_and_downloaded() -> None:
    async def scene(line: Line) -> None:
        form = FormData({"chat_id": str(AMINATA), "caption": "the list"})
        form.add_field("document", b"a,b\n1,2\n", filename="list.csv", content_type="text/csv")
        async with line.session.post(f"{line.server.url}/bot{TOKEN}/sendDocument", data=form) as answer:
            sent = (await answer.json())["result"]
        assert (sent["caption"], sent["document"]["file_name"]) == ("the list", "list.csv")
        again = await line.ok("sendDocument", chat_id=AMINATA, document=sent["document"]["file_id"])
        assert again["document"] == sent["document"]
        told = await line.ok("getFile", file_id=sent["document"]["file_id"])
        async with line.session.get(f"{line.server.url}/file/bot{TOKEN}/{told['file_path']}") as answer:
            assert await answer.read() == b"a,b\n1,2\n"
        assert line.room.phones[AMINATA].messages[sent["message_id"]].told()["document"]["kind"] == "document"

    play(scene)


def test_other_machines_and_foreign_pages_are_refused() -> None:
    async def scene(line: Line) -> None:
        for headers in ({"Host": "rebound.example"}, {"Origin": "https://foreign.example"}, {"Host": "[::"}):
            async with line.session.get(f"{line.server.url}/room/state", headers=headers) as answer:
                assert (answer.status, set(await answer.json())) == (403, {"error"})
        async with line.session.get(f"{line.server.url}/room/state", headers={"Host": "localhost:1"}) as answer:
            assert answer.status == 200

    play(scene)


# -- all together ----------------------------------------------------------------------------------------------------

ECHO = """
import asyncio, os, time
from aiohttp import ClientSession
async def main():
    base = f"{os.environ['TELEGRAM_API_URL']}/bot{os.environ['TELEGRAM_TOKEN']}"
    offset = 0
    async with ClientSession() as session:
        async def call(method, **parameters):
            async with session.post(f"{base}/{method}", json=parameters) as answer:
                return await answer.json()
        while True:
            for update in (await call("getUpdates", offset=offset, timeout=10))["result"]:
                await call("sendMessage", chat_id=update["message"]["chat"]["id"], text=update["message"]["text"])
                offset = update["update_id"] + 1
asyncio.run(main())
"""


def test_a_bot_killed_after_its_answer_was_accepted_comes_back_and_answers_again() -> None:
    async def scene() -> None:
        async with running_room(token=TOKEN, username="echo_bot", argv=python("-c", ECHO)) as running:
            assert running.supervisor is not None
            running.faults.add(Kind.KILL_AFTER, method="sendMessage")
            running.add_phone(BINTU, "Bintu")
            running.write(BINTU, "once")
            async with asyncio.timeout(20):
                while len(running.journal()) < 2 or running.room.updates.waiting:  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.02)
            assert [entry["text"] for entry in running.journal()] == ["once", "once"]  # this bot knows no better
            assert running.supervisor.restarts == 1
            assert running.supervisor.state()["running"]

    asyncio.run(scene())


def test_a_token_that_is_none_and_a_port_that_is_taken_are_said() -> None:
    async def scene() -> None:
        with pytest.raises(RoomError, match="token"):
            async with running_room(token="secret", username="b"):
                pass
        async with running_room(token=TOKEN, username="b") as running:
            port = int(running.url.rsplit(":", 1)[1])
            with pytest.raises(RoomError, match=f"Port {port} can not be had"):
                async with running_room(token=TOKEN, username="b", port=port):
                    pass

    asyncio.run(scene())


def test_the_bots_process_is_killed_and_restarted_over_http() -> None:
    async def scene() -> None:
        async with (
            running_room(token=TOKEN, username="echo_bot", argv=python("-c", ECHO)) as running,
            ClientSession() as session,
            asyncio.timeout(20),
        ):
            assert running.supervisor is not None
            async with session.post(f"{running.url}/room/bot/kill", json={"stay_down": True}) as answer:
                assert answer.status == 200
            while running.supervisor.running:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.01)
            async with session.get(f"{running.url}/room/state") as answer:
                assert (await answer.json())["bot"]["running"] is False
            async with session.post(f"{running.url}/room/bot/restart") as answer:
                assert answer.status == 200
            while not running.supervisor.running:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.01)

    asyncio.run(scene())


def test_a_running_room_is_played_from_the_same_process() -> None:
    async def scene() -> None:
        async with running_room(token=TOKEN, username="b", alive=lambda: False) as running:
            running.add_phone(AMINATA, "Aminata", "kri")
            typed = running.open_link(AMINATA, "abc")
            assert running.edit(AMINATA, typed.id, "/start").text == "/start"
            running.write(AMINATA, "hello")
            running.send_voice(AMINATA)
            running.send_photo(AMINATA)
            async with ClientSession() as session:
                markup = keyboard(("Yes", "No"))
                call = {"chat_id": AMINATA, "text": "?", "reply_markup": markup}
                async with session.post(f"{running.url}/bot{TOKEN}/sendMessage", json=call) as answer:
                    sent = (await answer.json())["result"]["message_id"]
            assert running.tap(AMINATA, sent, 0, 1) != running.tap_label(AMINATA, "No")
            running.tap_data(AMINATA, sent, "gone")
            running.block(AMINATA)
            running.unblock(AMINATA)
            before = running.now()
            running.jump(60)
            assert running.now() >= before + 60
            running.deactivate(AMINATA)
            assert running.phone(AMINATA).deactivated
            assert running.phone(AMINATA).traffic.taps == 3
            assert len(running.room.updates.waiting) == 10
            assert [entry["method"] for entry in running.journal()] == ["sendMessage"]

    asyncio.run(scene())


@pytest.mark.parametrize(
    "markup",
    [
        {"keyboard": []},
        {"keyboard": "x"},
        {"keyboard": [["x"] * 13]},
        {"keyboard": [[str(n) for n in range(10)]] * 31},
        {"inline_keyboard": [{"text": "x"}]},
        {"inline_keyboard": [["x"]]},
        {"inline_keyboard": [[{"callback_data": "x"}]]},
        {"inline_keyboard": [[{"text": "x", "callback_data": 7}]]},
        {"something": "else"},
    ],
)
def test_a_keyboard_that_is_none_is_refused(markup: dict[str, Any]) -> None:
    async def scene(line: Line) -> None:
        told = await line.call("sendMessage", chat_id=AMINATA, text="x", reply_markup=markup)
        assert told["error_code"] == 400
        await line.send(reply_markup={"force_reply": True})

    play(scene)
