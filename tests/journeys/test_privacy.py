"""What people write is found nowhere in clear: not in the database's files, the log, the metrics, or what failed."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterable, Mapping

import pytest

from storage import schema
from tests.journeys.players import ANNEKE, DONE, FATMATA, ISATU, JOKE, MARIEKE, REAL_EXCHANGE
from tests.journeys.stage import Journey, World
from tests.journeys.test_rights import deletes, is_gone

pytestmark = pytest.mark.journey

NAME, NOTE, WRONG, SPOILT = "Zanzibargh", "Quixotrable", "Flumpendorf", "Brimblewick"
PLANTED = (NAME, NOTE, WRONG, SPOILT)


def test_a_planted_word_is_found_in_no_file_log_or_metric(world: World) -> None:
    async def scene(journey: Journey) -> None:
        from bot import programmes

        await journey.started()
        invited = await programmes.invite(journey.database, "Midwives", ("Freetown",), None, 1, journey.moment())
        journey.room.add_phone(908, NAME, "en")
        journey.room.open_link(908, invited.links[1].token)
        await journey.taps(908, ("ask_consent", "I agree"))
        await journey.says(908, "What shall we call you?")
        await journey.says(908, f"Nice to meet you, {NAME}.", journey.write(908, NAME))

        before = journey.write(FATMATA, "/checkin")
        await journey.is_asked(FATMATA, "ask_contact", before)
        await journey.says(FATMATA, "Please tap a button", journey.write(FATMATA, WRONG))
        await journey.taps(FATMATA, *REAL_EXCHANGE)
        done = await journey.says(FATMATA, DONE, before)
        await journey.says(FATMATA, "Kept with this check-in.", max(done.id, journey.write(FATMATA, NOTE.lower())))
        await journey.settled()

        # a turn that fails with words in it: her name can not be opened any more, so every turn of hers breaks
        await _spoil(journey, 908)
        after = journey.write(908, f"{SPOILT} {SPOILT}")
        await journey.says(908, "Your answer is kept", after)
        await journey.settled()
        assert len(await journey.rows(schema.inbox_failed)) == 1
        assert journey.logged("arrival_set_aside")

        everything = await _places(journey)
        _assert_nowhere(PLANTED, everything)
        assert "test_" not in everything["log"], "no setting either"

    world.play(scene)


def test_nothing_she_wrote_to_anybody_stands_in_clear_before_and_after_she_deletes_it(world: World) -> None:
    words = {one: f"quixot{one}" for one in ("noted", "shared", "edited", "hello", "letter", "called", "meant", "many")}
    words["caption"] = "quixotcaption"

    async def scene(journey: Journey) -> None:
        await journey.started()
        for first, kept, choice in (("noted", "noted", "3"), ("shared", "edited", "1")):
            before = journey.write(FATMATA, "/gave")
            for step in ("ask_kind", "ask_level", "ask_towards"):
                before = (await journey.is_asked(FATMATA, step, before)).id
                journey.write(FATMATA, "1")
            before = (await journey.is_asked(FATMATA, "ask_words", before)).id
            line = journey.write(FATMATA, words[first])
            before = (await journey.is_asked(FATMATA, "ask_sharing", before)).id
            if kept != first:
                journey.room.edit(FATMATA, line, words[kept])
                await journey.is_asked(FATMATA, "ask_sharing", before)
            journey.write(FATMATA, choice)
            await journey.settled()
        await journey.says(ANNEKE, words["edited"])

        before = journey.write(FATMATA, "/twin")
        await journey.says(FATMATA, "will read this", before)
        journey.write(FATMATA, words["hello"])
        await journey.says(ANNEKE, words["hello"])
        before = journey.write(FATMATA, "/twin")
        before = (await journey.says(FATMATA, "will read this", before)).id
        _speaks_with_a_caption(journey, FATMATA, words["caption"])
        await journey.says(FATMATA, "On its way", before)
        before = journey.write(FATMATA, "/contact")
        await journey.says(FATMATA, "will read it", before)
        journey.write(FATMATA, words["letter"])
        await journey.is_asked(FATMATA, "ask_send", before)
        await journey.taps(FATMATA, ("ask_send", "Send it"))
        await journey.says(MARIEKE, words["letter"])
        before = journey.write(FATMATA, "/agreement")
        await journey.is_asked(FATMATA, "ask_begin", before)
        await journey.taps(FATMATA, ("ask_begin", "Begin"))
        await journey.says(FATMATA, "call you?", before)
        await journey.says(FATMATA, "What does it mean", journey.write(FATMATA, words["called"]))
        before = journey.write(FATMATA, words["meant"])
        await journey.is_asked(FATMATA, "ask_promise", before)

        before = journey.write(ISATU, "/broadcast")
        await journey.is_asked(ISATU, "ask_side", before)
        await journey.taps(ISATU, ("ask_side", "Every side"), ("ask_who", "All"))
        await journey.says(ISATU, "Now write it in English.", before)
        journey.write(ISATU, words["many"])
        await journey.is_asked(ISATU, "ask_send", before)
        journey.tap(ISATU, "ask_send", "Send")
        await journey.says(JOKE, words["many"])
        await journey.settled()
        _assert_nowhere(words.values(), await _places(journey))

        for chat in (ANNEKE, MARIEKE):
            before = journey.write(chat, "/mydata")
            await journey.says(chat, "The same for a machine", before)
        await deletes(journey, FATMATA)
        await is_gone(journey, FATMATA)
        await journey.settled()
        everything = await _places(journey)
        assert any(place.endswith("erasures.log") for place in everything)
        _assert_nowhere(words.values(), everything)
        shown = [text for text in journey.texts(ANNEKE) if words["edited"] in text or words["hello"] in text]
        assert shown == [], "taken back from her twin's chat"

    world.play(scene)


def _speaks_with_a_caption(journey: Journey, chat: int, caption: str) -> None:
    """A voice note that has words below it, as one that is sent on from elsewhere may have."""
    journey.room.send_voice(chat)
    journey.room.room.updates.waiting[-1].body["caption"] = caption


def _assert_nowhere(words: Iterable[str], everything: Mapping[str, str]) -> None:
    for place, content in everything.items():
        for word in words:
            assert word.lower() not in content.lower(), f"{word} stands in clear in the {place}"


async def _places(journey: Journey) -> dict[str, str]:
    """The log, the metrics, every value as it is stored, and every file of the bot's."""
    port = re.search(r"127\.0\.0\.1:(\d+)/healthz", "\n".join(journey.lines))
    assert port is not None
    with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/metrics", timeout=5) as answer:  # noqa: ASYNC210 - the bot is another process
        metrics = answer.read().decode()
    assert "poll_age_seconds" in metrics
    everything = {"log": "\n".join(journey.lines), "metrics": metrics, "rows": await _everything(journey)}
    for path in journey.world.folder.rglob("*"):
        if path.is_file() and path != journey.world.state:  # that is what phones show, not the bot's
            everything[str(path)] = path.read_bytes().decode("latin-1")
    if journey.world.kind == "sqlite":
        assert str(journey.world.folder / "twinbot.db-wal") in everything
    return everything


async def _everything(journey: Journey) -> str:
    """Every value of every table, as it is stored."""
    found: list[str] = []
    for table in schema.metadata.sorted_tables:
        for row in await journey.rows(table):
            found.extend(
                bytes(value).decode("latin-1") if isinstance(value, bytes) else str(value) for value in row.values()
            )
    return "\n".join(found)


async def _spoil(journey: Journey, chat: int) -> None:
    """Her sessions are exchanged for somebody else's, which open under no context but their own."""
    from sqlalchemy import select, update

    sessions = schema.sessions.c
    person, other = await journey.person(chat), await journey.person(FATMATA)
    async with journey.database.write() as tx:
        state = (await tx.execute(select(sessions.state).where(sessions.person_id == other).limit(1))).scalar_one()
        await tx.execute(update(schema.sessions).where(sessions.person_id == person).values(state=state))
