"""A programme's own files: judged whole, published at once, in force for what begins next without a restart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.arrivals import Arrival
from bot.errors import Refused
from bot.overlays import Overlays
from bot.places import world_facts
from bot.publishing import Judged, publish, show, take_back
from bot.tailoring.own_files import Brought
from bot.turns import Turns
from bot.versions import load_versions
from flows.events import Event
from flows.events.due import ReminderFellDue
from flows.events.own import CommandGiven, Tapped, Typed
from flows.events.shell import FlowStarted
from flows.overlay import lay
from flows.thresholds import THRESHOLDS
from storage import programmes, schema
from storage.database import Database
from storage.programmes import Programme
from tests.databases import FreshDatabase
from tests.turns import NOW, StandingClock, end_state, library, populate, said, told

FATMATA, ANNEKE, COORDINATOR = 501, 502, 504

WORDS = """
[weekly_checkin.ask_contact]
en = "Hi {person}. Have you heard of {twin}?"
nl = "Dag {person}. Heb je van {twin} gehoord?"
"""

STORY = """
title = "Our story"
goal = "Hear what happened between two twins."
facts = ["twin.name"]
record = "asked"
expires = { after = "6d", late_for = "13d", keep = "partial" }

[[steps]]
id = "ask_kind"
choose = "What was the best with {twin} lately? (No names of patients.)"
save = "kind"
choices = [
  { id = "work", text = "Something at work" },
  { id = "life", text = "Something in life" },
]

[[steps]]
id = "thanks"
say = "Thank you."
"""
STORY_WORDS = """
[our_story.title]
nl = "Ons verhaal"
[our_story.ask_kind]
nl = "Wat was het mooiste met {twin}? (Geen namen van patiënten.)"
[our_story.ask_kind.work]
nl = "Iets op het werk"
[our_story.ask_kind.life]
nl = "Iets in het leven"
[our_story.thanks]
nl = "Dank je."
[agenda.our_story]
nl = "Jullie verhaal."
"""
AGENDA = """
leave_out = ["costs"]

[[items]]
id = "our_story"
flow = "our_story"
brings = "Your story, in one tap."
phases = ["naming", "planning", "exchange"]
every = "4w"
minutes = 1
before = "silence_card"
"""


async def the_programme(database: Database) -> Programme:
    async with database.read() as tx:
        return (await programmes.list_all(tx))[0]


async def published(database: Database, **files: str) -> Judged:
    brought = Brought({f"{name}.toml": text for name, text in files.items()})
    return await publish(database, await the_programme(database), brought, NOW, base=library()[0])


def turns_on(database: Database) -> Turns:
    catalogue, speech = library()
    return Turns(database, catalogue, speech, world_facts(speech.languages), StandingClock())


class Talks:
    """What one process says to one chat."""

    def __init__(self, database: Database, turns: Turns) -> None:
        self.database, self.turns, self.sent = database, turns, 0

    async def hear(self, chat: int, *events: Event) -> str:
        async with self.database.read() as tx:
            before = len(await said(self.database, tx, chat))
        for event in events:
            self.sent += 1
            await self.turns.carry_out([Arrival(f"tg/{id(self)}{self.sent}", event, telegram_id=chat)])
        async with self.database.read() as tx:
            return "\n".join((await said(self.database, tx, chat))[before:])


def on(database: FreshDatabase, scene: Any) -> Any:
    async def work(opened: Database) -> Any:
        await populate(opened)
        async with opened.write() as tx:
            await tx.execute(schema.people.update().where(schema.people.c.telegram_id == ANNEKE).values(language="nl"))
        return await scene(opened)

    return database.run(work)


def test_other_words_hold_for_the_next_conversation_in_every_process_without_a_restart(
    each_database: FreshDatabase,
) -> None:
    async def scene(database: Database) -> None:
        one, other = Talks(database, turns_on(database)), Talks(database, turns_on(database))
        assert "since last time?" in await one.hear(FATMATA, CommandGiven("checkin"))
        judged = await published(database, texts=WORDS)
        assert judged.problems == ()
        assert (judged.flows, judged.inside) == (("weekly_checkin",), 1)
        assert "since last time?" in await one.hear(FATMATA, Tapped(1, "ask_contact", 1), CommandGiven("back"))
        assert "Heb je van P501 gehoord?" in await other.hear(ANNEKE, CommandGiven("checkin"))

    on(each_database, scene)


def test_who_is_inside_a_programme_s_own_version_goes_on_in_it_after_a_restart(each_database: FreshDatabase) -> None:
    async def scene(database: Database) -> None:
        await published(database, texts=WORDS)
        assert "gehoord" in await Talks(database, turns_on(database)).hear(ANNEKE, CommandGiven("checkin"))
        await take_back(database, await the_programme(database), (), NOW, base=library()[0])
        catalogue, _ = library()
        catalogue.versions.clear()
        catalogue.versions.update({flow.version: flow for flow in catalogue.flows.values()})
        await load_versions(database, catalogue, StandingClock())
        after = Talks(database, turns_on(database))
        assert "gehoord" in await after.hear(ANNEKE, Tapped(1, "ask_contact", 1), CommandGiven("back"))
        assert "since last time?" in await after.hear(FATMATA, CommandGiven("checkin"))

    on(each_database, scene)


CHANGED = "Your programme has changed this conversation since you began. You finish it as it was."


def test_who_is_inside_is_told_once_by_the_next_thing_that_is_asked_there_and_by_no_message_more(
    each_database: FreshDatabase,
) -> None:
    async def scene(database: Database) -> None:
        turns = turns_on(database)
        talks = Talks(database, turns)
        await told(database, turns)
        await talks.hear(FATMATA, CommandGiven("checkin"))
        await published(database, texts=WORDS)
        async with database.read() as tx:
            before = await said(database, tx, FATMATA)
        await told(database, turns)
        async with database.read() as tx:
            assert await said(database, tx, FATMATA) == before
        assert f'"{CHANGED}\\n\\nMostly I …"' in await talks.hear(FATMATA, Typed("1", 9))
        rest = await talks.hear(FATMATA, Typed("1 1 4", 10))
        assert CHANGED not in rest
        assert "Done, thank you." in rest
        await take_back(database, await the_programme(database), (), NOW, base=library()[0])
        await told(database, turns)
        assert CHANGED not in await talks.hear(FATMATA, Tapped(2, "ask_contact", 4))

    on(each_database, scene)


def test_a_line_of_digits_and_lite_mode_say_it_in_the_message_that_comes_anyhow(each_database: FreshDatabase) -> None:
    async def scene(database: Database) -> None:
        turns = turns_on(database)
        talks = Talks(database, turns)
        async with database.write() as tx:
            await tx.execute(schema.people.update().values(lite=True))
        await talks.hear(FATMATA, CommandGiven("checkin"))
        await published(database, texts=WORDS)
        await told(database, turns)
        async with database.read() as tx:
            before = len(await said(database, tx, FATMATA))
        line = await talks.hear(FATMATA, Typed("1 1 1 4", 9))
        assert f'"{CHANGED}\\n\\nReal exchange' in line
        assert line.count(CHANGED) == 1
        async with database.read() as tx:
            assert len(await said(database, tx, FATMATA)) == before + 1

    on(each_database, scene)


def test_a_reminder_tells_it_and_what_holds_again_is_told_to_nobody(each_database: FreshDatabase) -> None:
    async def scene(database: Database) -> None:
        turns = turns_on(database)
        talks = Talks(database, turns)
        for chat in (FATMATA, ANNEKE):
            await talks.hear(chat, CommandGiven("checkin"))
        await published(database, texts=WORDS)
        await told(database, turns)
        assert f'"{CHANGED}\\n\\nStill open' in await talks.hear(FATMATA, ReminderFellDue(1))
        await take_back(database, await the_programme(database), (), NOW, base=library()[0])
        await told(database, turns)
        assert "veranderd" not in await talks.hear(ANNEKE, Typed("1", 9))

    on(each_database, scene)


def test_nobody_is_told_of_newer_packaged_flows_nor_in_a_trial(each_database: FreshDatabase) -> None:
    async def scene(database: Database) -> None:
        catalogue, speech = library()
        talks = Talks(database, turns_on(database))
        await talks.hear(FATMATA, CommandGiven("checkin"))
        await talks.hear(COORDINATOR, FlowStarted("try_conversation", {"flow": "weekly_checkin"}))
        assert "trial" in (await talks.hear(COORDINATOR, Tapped(1, "ask_language", 1))).lower()
        newer = lay(catalogue, {"texts.toml": WORDS}).catalogue
        newer.versions.update(catalogue.versions)
        deployed = Turns(database, newer, speech, world_facts(speech.languages), StandingClock())
        assert '"Mostly I …"' in await Talks(database, deployed).hear(FATMATA, Typed("1", 9))
        await published(database, texts=WORDS)
        turns = turns_on(database)
        await told(database, turns)
        await Talks(database, turns).hear(COORDINATOR, Tapped(2, "ask_contact", 1))
        kept = (await end_state(database))["sessions"].values()
        tried = [one for found in kept for one in found if one.trial is not None]
        assert [(len(one.path), one.told_of_change) for one in tried] == [(1, None)]

    on(each_database, scene)


def test_an_own_flow_stands_on_the_agenda_where_it_was_put_and_is_asked(each_database: FreshDatabase) -> None:
    async def scene(database: Database) -> None:
        judged = await published(database, our_story=STORY, texts=STORY_WORDS, agenda=AGENDA)
        assert [str(one) for one in judged.problems] == []
        catalogue = judged.overlay.catalogue
        ids = [item.id for item in catalogue.agenda]
        assert ids.index("our_story") + 1 == ids.index("silence_card")
        assert "costs" not in ids
        talks = Talks(database, turns_on(database))
        assert "Ons verhaal" in str(await _buttons(talks, ANNEKE, CommandGiven("agenda")))
        assert "Your story, in one tap." in await talks.hear(FATMATA, CommandGiven("agenda"))

    on(each_database, scene)


async def _buttons(talks: Talks, chat: int, event: Event) -> list[object]:
    from storage.messages import message_from_text

    await talks.hear(chat, event)
    query = select(schema.outbox).where(schema.outbox.c.chat_id == chat, schema.outbox.c.body.is_not(None))
    async with talks.database.read() as tx:
        rows = (await tx.execute(query.order_by(schema.outbox.c.id))).all()
    vault = talks.database.vault
    return [message_from_text(vault.open_text("outbox.body", f"{chat}/{row.key or ''}", row.body)) for row in rows]


def test_one_problem_stops_all_and_each_is_told_with_its_line(each_database: FreshDatabase) -> None:
    async def scene(database: Database) -> None:
        broken = STORY.replace('say = "Thank you."', 'say = "Thank you, {nobody}."')
        judged = await published(
            database, our_story=broken, texts=STORY_WORDS, agenda=AGENDA.replace("costs", "costts")
        )
        assert [str(one).partition(":")[0] for one in judged.problems] == [
            "agenda.toml line 2",
            "our_story.toml line 18",
            "texts.toml line 11",
        ]
        assert "there is no item 'costts' that could be left out" in str(judged.problems[0])
        assert "nothing fills {nobody}" in str(judged.problems[1])
        assert "lacks {nobody}" in str(judged.problems[2])
        judged = await published(database, our_story=broken, texts=STORY_WORDS, agenda=AGENDA)
        assert "our_story.toml line 18: nothing fills {nobody}" in str(judged.problems[0])
        assert (await show(database, await the_programme(database), base=library()[0])).flows == ()

    on(each_database, scene)


def test_every_language_of_the_programme_has_to_be_there(each_database: FreshDatabase) -> None:
    async def scene(database: Database) -> None:
        judged = await published(database, texts=WORDS.replace("nl =", "fr ="))
        assert [str(one) for one in judged.problems] == [
            "texts.toml line 2: not in Nederlands (nl), which 1 of its people speak: weekly_checkin.ask_contact; "
            "write it into texts.toml, or into its column of the spreadsheet [missing-translation]"
        ]
        judged = await published(database, texts=WORDS)
        assert judged.problems == ()
        assert judged.missing == {other: ["weekly_checkin.ask_contact"] for other in ("ar", "es", "fr", "kri")}

    on(each_database, scene)


def test_words_of_a_programme_are_held_to_the_rules_of_translations(each_database: FreshDatabase) -> None:
    async def scene(database: Database) -> None:
        long = "x" * 60
        judged = await published(database, texts=f'[weekly_checkin.ask_contact.real]\nnl = "{long}"\n')
        assert "texts.toml line 2: weekly_checkin.ask_contact.real has 60 characters" in str(judged.problems[0])
        judged = await published(database, texts='[weekly_checkin.ask_contact]\nnl = "Dag {person}."\n')
        assert "{twin}" in str(judged.problems[0])

    on(each_database, scene)


def test_a_choice_of_its_own_keeps_its_number_for_ever(each_database: FreshDatabase) -> None:
    async def scene(database: Database) -> None:
        files = {"texts": STORY_WORDS, "agenda": AGENDA}
        await published(database, our_story=STORY, **files)
        lines = STORY.splitlines()
        work = next(n for n, line in enumerate(lines) if '"work"' in line)
        lines[work], lines[work + 1] = lines[work + 1], lines[work]
        moved = "\n".join(lines)
        judged = await published(database, our_story=moved, **files)
        assert "for ever, it is" in str(judged.problems[0])
        await take_back(database, await the_programme(database), (), NOW, base=library()[0])
        judged = await published(database, our_story=moved, **files)
        assert "for ever, it is" in str(judged.problems[0])

    on(each_database, scene)


def test_to_publish_nothing_takes_nothing_back(sqlite_database: FreshDatabase) -> None:
    async def scene(database: Database) -> None:
        await published(database, texts=WORDS)
        assert (await published(database)).overlay.files.keys() == {"texts.toml"}
        assert "since last time?" not in await Talks(database, turns_on(database)).hear(
            FATMATA, CommandGiven("checkin")
        )

    on(sqlite_database, scene)


def test_what_is_taken_back_is_as_packaged_and_what_is_not_there_is_refused(each_database: FreshDatabase) -> None:
    async def scene(database: Database) -> None:
        programme = await the_programme(database)
        await published(database, texts=WORDS)
        with pytest.raises(Refused, match="Nothing of that name"):
            await take_back(database, programme, ["pause"], NOW, base=library()[0])
        assert (await take_back(database, programme, ["texts"], NOW, base=library()[0])).overlay.files == {}
        assert "since last time?" in await Talks(database, turns_on(database)).hear(FATMATA, CommandGiven("checkin"))

    on(each_database, scene)


def test_a_programme_without_files_of_its_own_has_the_library_itself_and_thresholds_reach_the_rules(
    each_database: FreshDatabase,
) -> None:
    async def scene(database: Database) -> None:
        catalogue, speech = library()
        programme = await the_programme(database)
        overlays = Overlays(catalogue, speech)
        assert overlays.of(programme.id).catalogue is catalogue
        await published(database, thresholds='quiet_days = 30\nbalance_window = "8w"\n')
        await overlays.look(database, NOW)
        found: Any = overlays.of(programme.id).facts[THRESHOLDS]
        assert (found.quiet_days, found.of_balance.window) == (30, timedelta(weeks=8))
        untouched = overlays.of(programme.id).catalogue
        assert all(untouched.flows[name] is flow for name, flow in catalogue.flows.items())

    on(each_database, scene)


def test_what_does_not_fit_any_more_stops_the_start_and_can_be_taken_back(each_database: FreshDatabase) -> None:
    async def scene(database: Database) -> None:
        programme = await the_programme(database)
        await published(database, texts=WORDS)
        async with database.write() as tx:
            spoil = schema.overlays.update().values(text='[weekly_checkin.no_such_step]\nen = "x"\n')
            await tx.execute(spoil)
        with pytest.raises(Refused, match="no text with this id") as refused:
            await Overlays(*library()).begin(database, NOW)
        assert "twinbot flows unpublish" in str(refused.value)
        talks = Talks(database, turns_on(database))
        assert "since last time?" in await talks.hear(FATMATA, CommandGiven("checkin"))  # what runs goes on
        await take_back(database, programme, (), NOW, base=library()[0])
        await Overlays(*library()).begin(database, NOW)

    on(each_database, scene)
