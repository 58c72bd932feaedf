"""Every command of every role, in every state and language: it answers in words, and reaches nobody elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from bot.commands import ALWAYS, COMMANDS, answer
from flows.conversation import JOIN, Conversation
from flows.effects import Effect, Rewrite, Say, SendMyData
from flows.engine import advance
from flows.events.own import CommandGiven, Tapped, Typed
from flows.events.shell import FlowStarted
from flows.people import PersonState, Role
from flows.session import Session
from storage import schema
from tests.cast import ANNEKE, ISATU, facts_of
from tests.chats import Chats, run
from tests.databases import FreshDatabase
from tests.turns import NOW, library, populate

CATALOGUE, SPEECH = library()
STATES = (
    *PersonState,
    "joining, and left it",
    "withdrawn",
    "out of reach",
    "without a twin",
    "in the middle of a flow",
)
"""Of a person; the last ones are states of her consent, her chat, her pair and her conversation."""

RIGHTS = (*ALWAYS, "help", "stop", "resume", "start")
"""What every role has in its menu, or needs before she is in."""


def _facts(role: Role, state: str) -> dict[str, object]:
    facts = {**facts_of(ANNEKE if role is Role.TWIN else ISATU), "person.role": role}
    match state:
        case "joining, and left it":
            facts |= {"person.state": PersonState.JOINING, "person.name": "", "person.country": None}
        case "withdrawn":
            facts |= {"person.state": PersonState.STOPPED, "consents.core": False}
        case "out of reach":
            facts["person.unreachable_since"] = NOW
        case "without a twin":
            empty = ("twin.", "pair.", "together.")
            facts |= {name: None for name in facts if name.startswith(empty)}
        case "in the middle of a flow":
            pass
        case _:
            facts["person.state"] = PersonState(state)
    return facts


def _conversation(state: str, facts: dict[str, object]) -> Conversation:
    flow = {PersonState.JOINING: JOIN, "in the middle of a flow": "contact"}.get(state)
    if flow is None:
        return Conversation()
    current = CATALOGUE.current(flow)
    session = Session(1, flow, current.version, NOW, raised=1)
    begun = advance(current, session, FlowStarted(flow), facts, now=NOW)
    return Conversation((begun.session,), 1)


def _said(effects: Iterable[Effect]) -> Iterator[Say | Rewrite]:
    return (one for one in effects if isinstance(one, Say | Rewrite))


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("state", STATES)
def test_every_command_answers_in_every_state_and_language(state: str, role: Role) -> None:
    facts = _facts(role, state)
    for name in (*COMMANDS, "nonsense"):
        response = answer(_conversation(state, facts), CommandGiven(name), CATALOGUE, facts, now=NOW)
        said = list(_said(response.effects))
        assert said or any(isinstance(one, SendMyData) for one in response.effects), f"/{name} is met with silence"
        for language in SPEECH.languages:
            for one in said:
                words = SPEECH.text(one.text, language, "Africa/Freetown")
                assert words.strip(), f"/{name} in {language}"
                assert not re.search(r"\{[a-z_]+\}", words), f"/{name} in {language}"


BEGINS = {name: name for name in ("privacy", "delete", "language", "about", "contact")}
"""Rights that begin a conversation of that name, whatever is open."""


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("state", STATES)
def test_the_rights_are_there_in_every_state(state: str, role: Role) -> None:
    facts = _facts(role, state)
    for name, flow in BEGINS.items():
        response = answer(_conversation(state, facts), CommandGiven(name), CATALOGUE, facts, now=NOW)
        front = response.conversation.front
        assert front is not None
        assert front.flow == flow, f"/{name} while {state}"
    copy = answer(_conversation(state, facts), CommandGiven("mydata"), CATALOGUE, facts, now=NOW)
    assert [one for one in copy.effects if isinstance(one, SendMyData)], f"/mydata while {state}"
    for name in RIGHTS:
        response = answer(Conversation(), CommandGiven(name), CATALOGUE, facts, now=NOW)
        refused = {one.text.id for one in _said(response.effects)} & {"talk.command_not_yours", "talk.command_unknown"}
        assert not refused, f"/{name} of {role} while {state}"


OTHERS = (501, 502, 503, 504, 505)
HERE = {"twin": 601, "alone": 603, "coordinator": 604, "focal point": 606}
"""The same cast in a second programme, with a focal point."""


@pytest.mark.parametrize("chat", HERE.values(), ids=HERE)
def test_no_command_reaches_or_shows_anybody_of_another_programme(each_database: FreshDatabase, chat: int) -> None:
    async def scene(chats: Chats) -> None:
        from storage import people

        await populate(chats.database, "Nurses", 600)
        async with chats.database.write() as tx:
            twin = (await tx.execute(select(schema.people).where(schema.people.c.telegram_id == 601))).one()
            focal = await people.insert(
                tx, programme=twin.programme_id, side=twin.side_id, role=Role.SAFEGUARDING, telegram_id=606,
                language="en", now=NOW,
            )  # fmt: skip
            (known,) = await people.load_locked(tx, chats.database.vault, [focal])
            joined = replace(known.person, state=PersonState.ACTIVE, name="P606", zone="UTC", country="SL")
            await people.update_changed(tx, chats.database.vault, [people.Changed(joined)], NOW)
        await chats.hears()
        async with chats.database.write() as tx:
            await tx.execute(delete(schema.outbox))
        message = 0
        for name in [name for name in COMMANDS if name != "delete"] + ["delete"]:
            await chats.does(chat, CommandGiven(name))
            for line in ("P502", "1", "P503", "1", "1") if name == "pair" else ("1",) * 5:
                message += 1
                await chats.does(chat, Typed(line, message))
            for session in range(1, 6):  # forged, since sessions have their numbers in every programme
                await chats.does(chat, Tapped(session, "ask_care", 1), Tapped(session, "ask_send", 1))
            shown = "\n".join([one.text or "" for other in range(601, 607) for one in await chats.said(other)])
            assert not re.search(r"P50\d|Midwives(?! together)", shown), f"/{name} shows somebody"
            assert [other for other in OTHERS if await chats.said(other)] == [], f"/{name} reaches somebody"
        assert all([await chats.person(other) is not None for other in OTHERS])

    run(each_database, scene)
