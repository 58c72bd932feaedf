"""Files in the chat: fetched, judged together, tried as they would be, published once; what is none is told kindly."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from sqlalchemy import update

from bot.drafting import CHARACTERS, _problems
from bot.errors import Refused
from bot.speech.languages import packaged_languages
from bot.telegram.inbound import arrival
from flows.advice import Advice
from flows.errors import Problem
from flows.events.own import CommandGiven, SentDocument, Tapped, Typed
from flows.trials import LATER
from storage import schema
from tests.bot.facilitating import Facilitating, count, played, rows
from tests.bot.test_publishing import AGENDA, STORY, STORY_WORDS
from tests.chats import FATMATA, ISATU, MARIEKE
from tests.databases import FreshDatabase
from tests.turns import NOW


def test_files_are_judged_together_in_any_order_and_published_once(each_database: FreshDatabase) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        assert "asks the flow our_story, which does not exist" in await one.sends(ISATU, "agenda.toml", AGENDA)
        assert "agenda.toml, our_story.toml: nothing is wrong." in await one.sends(ISATU, "our_story.toml", STORY)
        assert "agenda.toml, our_story.toml, texts.toml" in await one.sends(ISATU, "texts.toml", STORY_WORDS)
        number = await one.session(ISATU)
        said = await one.does(ISATU, Tapped(number, "ask_what", 2))
        assert "Published: agenda.toml, our_story.toml, texts.toml." in said
        assert "P504 has published" in str(await one.chats.said(MARIEKE))
        assert (await count(one.chats, schema.drafts), await count(one.chats, schema.overlays)) == (0, 4)
        audit = [row.what for row in await rows(one.chats, schema.audit)]
        assert audit.count("flows published") == 1
        await one.drafting.look()
        assert [row.what for row in await rows(one.chats, schema.audit)] == audit

    played(each_database, scene)


def test_what_comes_after_she_said_publish_is_not_published_with_it(each_database: FreshDatabase) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        await one.sends(ISATU, "our_story.toml", STORY)
        await one.chats.does(ISATU, Tapped(await one.session(ISATU), "ask_what", 2))
        said = await one.sends(ISATU, "thresholds.toml", "quiet_days = 30\n")
        assert "Published: our_story.toml." in said
        assert "thresholds.toml: nothing is wrong." in said
        assert {row.file for row in await rows(one.chats, schema.overlays)} == {"numbers.toml", "our_story.toml"}

    played(each_database, scene)


def test_what_is_tried_is_what_would_be_published_and_nothing_of_it_stays(each_database: FreshDatabase) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        for name, text in (("our_story", STORY), ("agenda", AGENDA), ("texts", STORY_WORDS)):
            said = await one.sends(ISATU, f"{name}.toml", text)
        assert "nothing is wrong" in said
        number = await one.session(ISATU)
        assert "In which language?" in await one.does(ISATU, Tapped(number, "ask_what", 1))
        said = await one.does(ISATU, Tapped(number + 1, "ask_language", packaged_languages().offered.index("nl") + 1))
        assert "Wat was het mooiste met" in said
        before = [await count(one.chats, table) for table in (schema.answers, schema.asked, schema.timers)]
        assert "1 dag later" in await one.does(ISATU, Tapped(number + 2, "ask_kind", LATER))
        assert "Dank je." in await one.does(ISATU, Tapped(number + 2, "ask_kind", 1))
        after = [await count(one.chats, table) for table in (schema.answers, schema.asked, schema.timers)]
        assert after == before
        assert await count(one.chats, schema.overlays) == 0

    played(each_database, scene)


def test_what_can_be_tried_of_a_draft_is_called_by_its_title(sqlite_database: FreshDatabase) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        await one.sends(ISATU, "our_story.toml", STORY)
        await one.sends(ISATU, "her_story.toml", STORY.replace('"Our story"', '"Her own story"'))
        before = len(await one.chats.said(ISATU))
        await one.does(ISATU, Tapped(await one.session(ISATU), "ask_what", 1))
        asked = (await one.chats.said(ISATU))[before:]
        labels = [label for said in asked for row in said.buttons for label, _ in row]
        assert [label for label in labels if "story" in label] == ["Her own story", "Our story"]

    played(sqlite_database, scene)


def test_a_trial_of_a_draft_goes_on_in_another_process(each_database: FreshDatabase) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        await one.sends(ISATU, "our_story.toml", STORY)
        catalogue = one.chats.turns.overlays.catalogue
        for version in [known for known, flow in catalogue.versions.items() if flow.id == "our_story"]:
            del catalogue.versions[version]  # as in a process that has not judged it
        number = await one.session(ISATU)
        await one.does(ISATU, Tapped(number, "ask_what", 1))
        assert "What was the best with" in await one.does(ISATU, Tapped(number + 1, "ask_language", 1))

    played(each_database, scene)


def test_who_has_not_the_right_is_told_who_has_it_and_nothing_is_fetched(each_database: FreshDatabase) -> None:
    async def scene(one: Facilitating) -> None:
        assert "nobody here has that right yet" in await one.sends(ISATU, "our_story.toml", STORY)
        await one.may(ISATU)
        assert "from those who have that right: P504" in await one.sends(MARIEKE, "our_story.toml", STORY)
        assert "I can read text and taps only" in await one.sends(FATMATA, "our_story.toml", STORY)
        await one.may()
        assert "nobody here has that right yet" in await one.sends(ISATU, "our_story.toml", STORY)
        assert one.bot.asked == []
        twin = await one.chats.person(FATMATA)
        assert twin is not None
        with pytest.raises(Refused, match="names a coordinator of Midwives"):
            await one.may(FATMATA)

    played(each_database, scene)


def _bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"xl/{number}.xml", b"\0" * 90_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("virus.exe", b"MZ\x00\x01", "ends in .toml"),
        ("our_story.toml", b"\xff\xfe\x00\x00", "is no text"),
        ("our_story.toml", b"goal = \"a\x00b\"", "is no valid TOML"),
        ("our_story.toml", b"a = " + b"[" * 20_000, "our_story.toml line 1"),
        ("../../join.toml", STORY.encode(), "by right"),
        ("<b>x</b>.toml", STORY.encode(), "this is no name of a flow"),
        ("flows.xlsx", b"PK\x03\x04 and then nothing", "can not be read as a spreadsheet"),
        ("flows.xlsx", b"bomb", "would unpack to"),
        ("", b"x", "ends in .toml"),
    ],
)  # fmt: skip
def test_what_is_no_flow_is_told_kindly_and_leaves_nothing(
    sqlite_database: FreshDatabase, name: str, content: bytes, said: str
) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        heard = await one.sends(ISATU, name, _bomb() if content == b"bomb" else content)
        assert said in heard, heard
        assert len(heard) < 4096
        assert await count(one.chats, schema.overlays) == 0
        assert await count(one.chats, schema.inbox_failed) == 0

    played(sqlite_database, scene)


def test_a_file_that_is_too_large_is_not_even_fetched_and_one_that_can_not_be_had_is_told(
    sqlite_database: FreshDatabase,
) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        assert "I take up to 2 MB" in await one.sends(ISATU, "our_story.toml", "x", size=9_000_000)
        assert one.bot.asked == []
        one.bot.away = 2
        assert "nothing is wrong" in await one.sends(ISATU, "our_story.toml", STORY)
        one.bot.away = 9
        assert "I could not fetch that file" in await one.sends(ISATU, "agenda.toml", AGENDA)
        lying = await one.sends(ISATU, "agenda.toml", b"#" * 3_000_000, size=10)
        assert "I could not fetch that file" in lying

    played(sqlite_database, scene)


def test_problems_that_do_not_fit_are_counted() -> None:
    many = [Problem(f"f.toml line {n}", "rule", "x" * 280) for n in range(90)]
    told = _problems(many, Advice({}))
    lines = [line["advice"] for _, line in json.loads(told.problems)]
    assert len("".join(lines)) <= CHARACTERS
    assert len(lines) + told.more == 90


def test_what_she_throws_away_is_gone_and_so_is_what_waited_for_a_week(each_database: FreshDatabase) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        await one.sends(ISATU, "our_story.toml", STORY)
        said = await one.does(ISATU, Tapped(await one.session(ISATU), "ask_what", 3))
        assert "Thrown away." in said
        assert await count(one.chats, schema.drafts) == 0
        await one.sends(ISATU, "our_story.toml", STORY)
        async with one.chats.database.write() as tx:
            await tx.execute(update(schema.drafts).values(at=NOW.replace(year=2025)))
        await one.sends(ISATU, "thresholds.toml", "quiet_days = 30\n")
        assert await count(one.chats, schema.drafts) == 1

    played(each_database, scene)


def test_a_document_is_read_as_its_sender_calls_it_and_a_forged_one_is_harmless() -> None:
    def sent(**document: object) -> object:
        person = {"id": 7, "first_name": "A"}
        message = {"message_id": 3, "from": person, "chat": {"id": 7, "type": "private"}, "document": document}
        found = arrival({"update_id": 1, "message": message})
        return None if found is None else found.event

    assert sent(file_id="abc", file_name="a.toml", file_size=12) == SentDocument("abc", "a.toml", 12, 3)
    assert sent(file_id="abc") == SentDocument("abc", "", 0, 3)
    odd = sent(file_id="abc", file_name="a\u202e\x00\nb" + "x" * 900, file_size=-3)
    assert isinstance(odd, SentDocument)
    assert odd.name.startswith("a b")
    assert len(odd.name) <= 255
    assert odd.size == 0
    for forged in ({"file_id": "../etc"}, {"file_id": 3}, {}):
        assert type(sent(**forged)).__name__ == "SentUnreadable"


def test_commands_work_while_a_draft_waits(sqlite_database: FreshDatabase) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        await one.sends(ISATU, "our_story.toml", STORY)
        assert "nothing is wrong" in await one.does(ISATU, CommandGiven("help"))

    played(sqlite_database, scene)


def test_what_is_published_is_taken_back_in_the_chat_and_the_others_hear_of_it(each_database: FreshDatabase) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        assert "all is as packaged" in await one.does(ISATU, CommandGiven("ours"))
        for name, text in (("our_story", STORY), ("agenda", AGENDA), ("texts", STORY_WORDS)):
            await one.sends(ISATU, f"{name}.toml", text)
        await one.does(ISATU, Tapped(await one.session(ISATU), "ask_what", 2))

        # the agenda asks for it, so it can not go alone
        assert "agenda.toml, our_story.toml, texts.toml" in await one.does(ISATU, CommandGiven("ours"))
        await one.does(ISATU, Tapped(await one.session(ISATU), "ask_which", 2))
        said = await one.does(ISATU, Tapped(await one.session(ISATU), "ask_sure", 1))
        assert "That can not go alone" in said
        assert "agenda.toml line 4: asks the flow our_story" in said
        assert (await count(one.chats, schema.overlays), await count(one.chats, schema.drafts)) == (4, 0)

        # the words of a button that a rule makes can be typed
        await one.does(ISATU, CommandGiven("ours"))
        one.message += 1
        assert "Please tap" not in await one.does(ISATU, Typed("niets, sluiten", one.message))

        # all of it; what she has sent meanwhile stays
        await one.sends(ISATU, "thresholds.toml", "quiet_days = 30\n")
        await one.does(ISATU, CommandGiven("ours"))
        await one.does(ISATU, Tapped(await one.session(ISATU), "ask_which", 4))
        said = await one.does(ISATU, Tapped(await one.session(ISATU), "ask_sure", 1))
        assert "Taken back: agenda.toml, our_story.toml, texts.toml." in said
        heard = str(await one.chats.said(MARIEKE))
        assert (
            "P504 has taken back what your programme had of its own: agenda.toml, our_story.toml, texts.toml" in heard
        )
        assert {row.file for row in await rows(one.chats, schema.overlays)} <= {"numbers.toml"}
        assert await count(one.chats, schema.drafts) == 1
        assert [row.what for row in await rows(one.chats, schema.audit)].count("flows taken back") == 1

        # and who has not the right is shown it, no more
        await one.may(MARIEKE)
        assert "all is as packaged" in await one.does(ISATU, CommandGiven("ours"))

    played(each_database, scene)
