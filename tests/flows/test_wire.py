from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import wire
from flows.events import EVENTS, Event
from flows.events.own import InvitationOpened, Tapped, Typed
from flows.events.shell import PromptDelivered
from flows.session import Answered, Outcome, Session, Status

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
MOMENTS = st.datetimes(timezones=st.just(UTC))
NUMBERS = st.integers(-(2**62), 2**62)

st.register_type_strategy(datetime, MOMENTS)
st.register_type_strategy(str, TEXTS)
st.register_type_strategy(int, NUMBERS)

A_SESSION = Session(
    3, "weekly_checkin", "abc", NOW, path=(Answered("ask_contact", "real"), Answered("note", None, "ɛ", 7))
)


@given(st.one_of([st.from_type(kind) for kind in EVENTS]))
def test_every_event_survives_the_wire(event: Event) -> None:
    text = wire.event_to_text(event)
    assert text.startswith(f'["{type(event).__name__}",')
    again = wire.event_from_text(text)
    assert again == event
    assert type(again) is type(event)


@given(st.from_type(Session))
def test_every_session_survives_the_wire(session: Session) -> None:
    assert wire.session_from_text(wire.session_to_text(session)) == session


def test_types_survive_too() -> None:
    again = wire.session_from_text(wire.session_to_text(replace(A_SESSION, outcome=Outcome.PARTIAL)))
    assert type(again.status) is Status
    assert type(again.outcome) is Outcome
    assert type(again.path) is tuple
    assert again.started_at.tzinfo is UTC


def test_what_is_at_its_default_takes_no_bytes() -> None:
    text = wire.session_to_text(Session(1, "f", "v", NOW))
    assert text == '{"number":1,"flow":"f","version":"v","started_at":"2026-11-23T09:00:00Z"}'


def test_a_moment_of_another_zone_comes_back_in_utc() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=45)))
    again = wire.event_from_text(wire.event_to_text(PromptDelivered(1, elsewhere)))
    assert again == PromptDelivered(1, NOW)
    assert isinstance(again, PromptDelivered)
    assert again.at.utcoffset() == timedelta()


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(wire.WireError, match="PromptDelivered"):
        wire.event_from_text('["PromptDelivered",{"session":1,"at":"2026-11-23T09:00:00"}]')


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        '["Typed"]',
        '["Unheard",{}]',
        '["Typed",{"text":"secret"}]',
        '["Typed",{"text":"secret","message":"secret"}]',
        '["Typed",{"text":"secret","message":true}]',
        '["Typed",{"text":"secret","message":1,"secret":2}]',
        '["PromptDelivered",{"session":1,"at":"secret"}]',
        '["FlowStarted",{"flow":"f","given":{"a":["secret"]}}]',
    ],
)
def test_what_is_no_event_is_refused_without_its_words(text: str) -> None:
    with pytest.raises(wire.WireError) as raised:
        wire.event_from_text(text)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "change",
    [
        ('"flow":"weekly_checkin",', ""),
        ('"number":3', '"number":"3"'),
        ('"number":3', '"number":3,"mood":"secret"'),
        ('"started_at":', '"status":"secret","started_at":'),
        ('"path":[', '"path":["secret",'),
        ('"path":[', '"path":[{"choice":"secret"},'),
        ('"started_at":', '"given":["secret"],"started_at":'),
    ],
)
def test_what_is_no_session_is_refused_without_its_words(change: tuple[str, str]) -> None:
    good = wire.session_to_text(A_SESSION)
    assert change[0] in good
    with pytest.raises(wire.WireError) as raised:
        wire.session_from_text(good.replace(*change))
    assert "secret" not in str(raised.value)


def test_a_session_of_an_older_program_gets_the_new_defaults() -> None:
    older = '{"number":1,"flow":"f","version":"v","started_at":"2026-11-23T09:00:00+00:00"}'
    assert wire.session_from_text(older) == Session(1, "f", "v", NOW)


def test_letters_of_every_script_stay_letters() -> None:
    assert "كيف" in wire.event_to_text(Typed("كيف الحال", 1))
    assert wire.event_from_text('["InvitationOpened",{}]') == InvitationOpened()
    assert wire.event_from_text('["Tapped",{"session":1,"step":"a","choice":2}]') == Tapped(1, "a", 2)
