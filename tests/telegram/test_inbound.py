from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.arrivals import Arrival
from bot.callback_data import CALLBACK_DATA_BYTES, build_all, build_data, parse_data
from bot.telegram.inbound import KINDS, TEXT_CHARACTERS, arrival, cleaned, update_id
from flows.events import Event
from flows.events.own import (
    ChatBlocked,
    ChatReturned,
    CommandGiven,
    Edited,
    SentUnreadable,
    SentVoice,
    Tapped,
    TappedUnknown,
    Typed,
)

AMINATA = 4001
FROM = {"id": AMINATA, "is_bot": False, "first_name": "Aminata", "language_code": "en-GB"}
CHAT = {"id": AMINATA, "type": "private", "first_name": "Aminata"}


def message(**fields: Any) -> dict[str, Any]:
    return {"update_id": 900, "message": {"message_id": 12, "date": 1, "from": FROM, "chat": CHAT, **fields}}


def tap(data: Any, **fields: Any) -> dict[str, Any]:
    query = {"id": "77", "from": FROM, "message": {"message_id": 5, "date": 1, "chat": CHAT}, "data": data}
    return {"update_id": 901, "callback_query": {**query, **fields}}


def understood(update: dict[str, Any]) -> Arrival:
    found = arrival(update)
    assert found is not None
    return found


def test_a_text_is_typed_and_says_who_and_in_which_message() -> None:
    found = understood(message(text="1 3 2 5"))
    assert found.event == Typed("1 3 2 5", 12)
    assert (found.key, found.telegram_id, found.language) == ("tg/900", AMINATA, "en-gb")


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("/help", CommandGiven("help")),
        ("/Pause@TwinBot", CommandGiven("pause")),
        ("/pause   two weeks ", CommandGiven("pause", "two weeks")),
        ("/start", CommandGiven("start", "")),
        ("/start aB-_9", CommandGiven("start", "aB-_9")),
        ("/START\naB", CommandGiven("start", "aB")),
        ("/start aB-_9\nWelcome, says Isatu", CommandGiven("start", "aB-_9")),
        ("https://t.me/twin_bot?start=aB-_9", CommandGiven("start", "aB-_9")),
        ("Join here: http://telegram.me/twin_bot?start=aB-_9, please", CommandGiven("start", "aB-_9")),
        ("t.me/twin_bot/?start=aB-_9", CommandGiven("start", "aB-_9")),
        ("tg://resolve?domain=twin_bot&start=aB-_9", CommandGiven("start", "aB-_9")),
        ("https://t.me/twin_bot", Typed("https://t.me/twin_bot", 12)),
        ("https://t.me/twin_bot?start=", Typed("https://t.me/twin_bot?start=", 12)),
        ("/1 2 3", Typed("/1 2 3", 12)),
        ("/", Typed("/", 12)),
        ("/héllo", Typed("/héllo", 12)),
        (" /help", Typed(" /help", 12)),
    ],
)
def test_commands(text: str, event: Event) -> None:
    assert understood(message(text=text)).event == event


def test_only_start_carries_a_start_payload() -> None:
    assert understood(message(text="/start")).start == ""
    assert understood(message(text="/start " + "x" * 200)).start == "x" * 64
    assert understood(message(text="/help me")).start is None
    assert understood(message(text="start")).start is None
    assert understood(message(text="https://t.me/twin_bot?start=aB-_9")).start == "aB-_9"


def test_a_tap_names_session_step_and_choice() -> None:
    found = understood(tap("3.ask_contact.2"))
    assert (found.event, found.callback) == (Tapped(3, "ask_contact", 2), "77")


@pytest.mark.parametrize(
    "data",
    ["", "3.ask_contact", "3.ask_contact.2.1", "03.ask.2", "3.ask.00", "3.ask.1000", "-1.ask.2", "3.ASK.2",
     "3.ask.2\n", "٣.ask.2", "99999999999.ask.1", "x" * 64, None, 5, {"a": 1}],
)  # fmt: skip
def test_a_forged_button_is_a_tap_on_something_unknown(data: Any) -> None:
    found = understood(tap(data))
    assert (found.event, found.callback) == (TappedUnknown(), "77")


def test_an_edit_is_a_correction_and_a_moving_location_is_not() -> None:
    edited = {"update_id": 3, "edited_message": message(text="4")["message"]}
    assert understood(edited).event == Edited("4", 12)
    moving = {"update_id": 4, "edited_message": message(location={"latitude": 1})["message"]}
    assert arrival(moving) is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_text_is_told_by_its_kind(kind: str) -> None:
    assert understood(message(**{kind: {}}, caption="look")).event == SentUnreadable(kind)


def test_a_service_message_is_nothing() -> None:
    assert arrival(message(pinned_message={})) is None


def test_blocking_and_return() -> None:
    def member(status: str) -> dict[str, Any]:
        return {"update_id": 5, "my_chat_member": {"from": FROM, "chat": CHAT, "new_chat_member": {"status": status}}}

    assert understood(member("kicked")).event == ChatBlocked("blocked")
    assert understood(member("member")).event == ChatReturned()
    assert arrival(member("restricted")) is None


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
def test_what_happens_in_a_group_is_nobody_s_answer(kind: str) -> None:
    assert arrival(message(text="4", chat={"id": -100, "type": kind})) is None
    assert arrival(tap("3.a.1", message={"message_id": 5, "chat": {"id": -100, "type": kind}})) is None


def test_bots_and_foreign_chats_are_nobody() -> None:
    assert arrival(message(text="4", **{"from": {**FROM, "is_bot": True}})) is None
    assert arrival(message(text="4", **{"from": {**FROM, "id": 4002}})) is None


def test_control_characters_surrogates_and_overrides_are_stripped_and_words_are_not() -> None:
    assert cleaned("a\x00b\x1bc\r\nd\te\ud83df\u202eg\u2066h\x85i\x7f") == "abc\nd\tefghi"
    for words in ("Ça va, señora?", "سلام\u200f 123", "אב\u200e", "👩🏾‍⚕️ ok", "naïve — “quoted”", "नमस्ते\u200d"):
        assert cleaned(words) == words
    assert len(cleaned("ü" * 9000)) == len(cleaned("u" * 9000)) == TEXT_CHARACTERS


def test_a_voice_note_is_named_by_its_file() -> None:
    note = {"file_id": "AwACAgQAAxk_-9", "duration": 7, "mime_type": "audio/ogg"}
    assert understood(message(voice=note)).event == SentVoice("AwACAgQAAxk_-9", 7, 12)
    assert understood(message(voice={**note, "duration": 10**9})).event == SentVoice("AwACAgQAAxk_-9", 86_400, 12)
    for forged in ({**note, "file_id": "a b"}, {**note, "file_id": "x" * 257}, {**note, "duration": "7"}):
        assert understood(message(voice=forged)).event == SentUnreadable("voice")


def test_a_text_of_control_characters_alone_is_unreadable() -> None:
    assert understood(message(text="\x00\x00 \u202e")).event == SentUnreadable("empty")


def test_a_language_hint_that_is_none_is_dropped() -> None:
    for strange in ("", "x" * 99, "en\x00", 7, None, ["en"], "pt_BR; DROP"):
        assert understood(message(text="hi", **{"from": {**FROM, "language_code": strange}})).language is None


def test_what_is_not_understood_is_logged_with_its_number_and_without_words() -> None:
    with capture_logs() as logs:
        assert arrival({"update_id": 31, "message": {"text": "secret words", "chat": 5, "from": []}}) is None
    assert [entry["update"] for entry in logs] == [31]
    assert "secret" not in repr(logs)


# -- nothing that is delivered can raise -----------------------------------------------------------------------------

junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from((10**400, "\ud800")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
SOUND: list[dict[str, Any]] = [
    message(text="hello"),
    message(text="/start abc"),
    message(voice={"file_id": "x"}),
    tap("3.ask_contact.2"),
    {"update_id": 7, "edited_message": message(text="4")["message"]},
    {"update_id": 8, "my_chat_member": {"from": FROM, "chat": CHAT, "new_chat_member": {"status": "kicked"}}},
]


def paths(value: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(value, dict):
        return [at]
    return [at, *(path for name, inner in value.items() for path in paths(inner, (*at, name)))]


@st.composite
def hostile(draw: st.DrawFn) -> Any:
    """A sound update with up to three of its values replaced by anything, or taken away."""
    update = json.loads(json.dumps(draw(st.sampled_from(SOUND))))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(paths(update)))
        if not path:
            return draw(junk)
        inner = update
        for name in path[:-1]:
            inner = inner[name]
            if not isinstance(inner, dict):
                break
        else:
            if draw(st.booleans()):
                inner.pop(path[-1], None)
            else:
                inner[path[-1]] = draw(junk)
    return update


@settings(max_examples=400, deadline=None)
@given(hostile() | junk)
def test_no_update_raises_and_what_comes_out_is_sane(update: Any) -> None:
    found = arrival(update)
    number = update_id(update)
    if found is None:
        return
    assert found.key == f"tg/{number}" and number is not None and 0 <= number < 2**63
    assert type(found.telegram_id) is int and 0 < found.telegram_id < 2**52
    match found.event:
        case Typed(text, number) | Edited(text, number):
            assert text == cleaned(text) and text.strip() and 0 < number < 2**63
        case Tapped() | TappedUnknown():
            assert found.callback
    (repr(found.event) + str(found.language) + str(found.start)).encode()


# -- what a button says ------------------------------------------------------------------------------------------------


@given(st.integers(1, 10**10 - 1), st.from_regex(r"[a-z][a-z0-9_]{0,48}", fullmatch=True), st.integers(0, 999))
def test_what_is_built_is_read_back(session: int, step: str, choice: int) -> None:
    data = build_data(session, step, choice)
    assert parse_data(data) == (session, step, choice)
    assert len(data.encode()) <= CALLBACK_DATA_BYTES


@pytest.mark.parametrize(
    ("session", "step", "choice"), [(0, "a", 1), (1, "A", 1), (1, "a.b", 1), (1, "a" * 50, 1), (1, "a", -1)]
)
def test_what_could_not_be_read_back_is_not_built(session: int, step: str, choice: int) -> None:
    with pytest.raises(ValueError, match="No button"):
        build_data(session, step, choice)
    with pytest.raises(ValueError, match="No button"):
        build_all(session, step, [1, choice, 2])


@given(st.text(max_size=70))
def test_any_text_is_read_or_not_and_never_raises(data: str) -> None:
    found = parse_data(data)
    assert found is None or build_data(*found) == data
