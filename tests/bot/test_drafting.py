"""Files in the chat: fetched, judged together, tried as they would be, published once; what is none is told kindly."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update
from telegram.error import NetworkError

from bot import programme_settings
from bot.drafting import CHARACTERS, Drafting, _problems
from bot.errors import Refused
from bot.library import read_library
from bot.publishing import publish, show, take_back
from bot.speech.languages import packaged_languages
from bot.tailoring import export
from bot.tailoring.own_files import Brought
from bot.telegram.inbound import arrival
from bot.translations import root
from flows.advice import Advice
from flows.errors import Problem
from flows.events import Event
from flows.events.own import CommandGiven, SentDocument, Tapped, Typed
from flows.trials import LATER
from flows.values import Text
from storage import programmes, schema
from tests.bot.test_publishing import AGENDA, STORY, STORY_WORDS, the_programme
from tests.chats import FATMATA, ISATU, MARIEKE, Chats, run
from tests.databases import FreshDatabase
from tests.turns import NOW


class Files:
    """A bot that holds files by their ids, and cannot be reached `away` times."""

    def __init__(self, **files: bytes) -> None:
        self.files = files
        self.away = 0
        self.asked: list[str] = []

    async def get_file(self, file: str) -> Any:
        self.asked.append(file)
        if self.away:
            self.away -= 1
            raise NetworkError("away")
        return _File(self.files[file])


class _File:
    def __init__(self, content: bytes) -> None:
        self.file_size = len(content)
        self._content = content

    async def download_as_bytearray(self) -> bytearray:
        return bytearray(self._content)


class Facilitating:
    """Isatu may send flows; what she sends is looked at at once."""

    def __init__(self, chats: Chats) -> None:
        self.chats = chats
        self.bot = Files()
        bot: Any = self.bot
        self.drafting = Drafting(chats.database, bot, chats.turns.overlays, chats.turns.clock)
        self.message = 1_000

    async def may(self, *chats: int) -> None:
        ids = []
        for chat in chats:
            person = await self.chats.person(chat)
            assert person is not None
            ids.append(person.id)
        wanted = programme_settings.Change(facilitators=tuple(ids))
        await programme_settings.change(self.chats.database, "Midwives", wanted, NOW)

    async def sends(self, chat: int, name: str, content: bytes | str, size: int | None = None) -> str:
        """What is said to it."""
        self.message += 1
        data = content.encode() if isinstance(content, str) else content
        self.bot.files[f"file{self.message}"] = data
        event = SentDocument(f"file{self.message}", name, len(data) if size is None else size, self.message)
        return await self.does(chat, event)

    async def does(self, chat: int, event: Event) -> str:
        before = len(await self.chats.said(chat))
        await self.chats.does(chat, event)
        await self.drafting.look()
        await self.chats.hears()
        return "\n".join(one.text or "" for one in (await self.chats.said(chat))[before:])

    async def session(self, chat: int) -> int:
        """The number of the latest session, as taps count it."""
        person = await self.chats.person(chat)
        assert person is not None
        return person.sessions_started - self.chats.before.get(chat, 0)


def played(database: FreshDatabase, scene: Any) -> None:
    async def work(chats: Chats) -> None:
        await scene(Facilitating(chats))

    run(database, work)


async def _count(chats: Chats, table: Any) -> int:
    async with chats.database.read() as tx:
        return len((await tx.execute(select(table))).all())


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
        assert (await _count(one.chats, schema.drafts), await _count(one.chats, schema.overlays)) == (0, 4)
        audit = [row.what for row in await _rows(one.chats, schema.audit)]
        assert audit.count("flows published") == 1
        await one.drafting.look()
        assert [row.what for row in await _rows(one.chats, schema.audit)] == audit

    played(each_database, scene)


def test_what_comes_after_she_said_publish_is_not_published_with_it(each_database: FreshDatabase) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        await one.sends(ISATU, "our_story.toml", STORY)
        await one.chats.does(ISATU, Tapped(await one.session(ISATU), "ask_what", 2))
        said = await one.sends(ISATU, "thresholds.toml", "quiet_days = 30\n")
        assert "Published: our_story.toml." in said
        assert "thresholds.toml: nothing is wrong." in said
        assert {row.file for row in await _rows(one.chats, schema.overlays)} == {"numbers.toml", "our_story.toml"}

    played(each_database, scene)


async def _rows(chats: Chats, table: Any) -> Any:
    async with chats.database.read() as tx:
        return (await tx.execute(select(table))).all()


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
        before = [await _count(one.chats, table) for table in (schema.answers, schema.asked, schema.timers)]
        assert "1 dag later" in await one.does(ISATU, Tapped(number + 2, "ask_kind", LATER))
        assert "Dank je." in await one.does(ISATU, Tapped(number + 2, "ask_kind", 1))
        after = [await _count(one.chats, table) for table in (schema.answers, schema.asked, schema.timers)]
        assert after == before
        assert await _count(one.chats, schema.overlays) == 0

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
        assert await _count(one.chats, schema.overlays) == 0
        assert await _count(one.chats, schema.inbox_failed) == 0

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
        assert await _count(one.chats, schema.drafts) == 0
        await one.sends(ISATU, "our_story.toml", STORY)
        async with one.chats.database.write() as tx:
            await tx.execute(update(schema.drafts).values(at=NOW.replace(year=2025)))
        await one.sends(ISATU, "thresholds.toml", "quiet_days = 30\n")
        assert await _count(one.chats, schema.drafts) == 1

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


def _sheet(tmp_path: Path, **cells: str) -> bytes:
    """The card of silence as a spreadsheet, with other words in some cells."""
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.xlsx"
    export(root(), ["silence_card"], path)
    book = load_workbook(path)
    for cell, words in cells.items():
        book["silence_card"][cell] = words
    book.save(path)
    return path.read_bytes()


@pytest.mark.parametrize("again", ["ours.xlsx", "ours (1).xlsx", "silence_card.toml"])
def test_a_file_that_was_mended_takes_the_place_of_the_broken_one(
    sqlite_database: FreshDatabase, tmp_path: Path, again: str
) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        said = await one.sends(ISATU, "ours.xlsx", _sheet(tmp_path, C14="question", G10="maybe"))
        assert "silence_card G10: aside is “maybe”" in said
        assert "silence_card C14: “question” is no kind of step" in said
        assert "silence_card B14" not in said  # what follows from C14
        mended = _sheet(tmp_path, H14="When I am quiet it means … {twin} will see it.")
        packaged = next(text for path, text in read_library().items() if path.endswith("/silence_card.toml"))
        content = packaged.replace("One tap", "A tap").encode() if again.endswith(".toml") else mended
        assert "nothing is wrong" in await one.sends(ISATU, again, content)

    played(sqlite_database, scene)


def test_words_that_the_newer_spreadsheet_of_one_name_does_not_change_are_not_published(
    sqlite_database: FreshDatabase, tmp_path: Path
) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        await one.sends(ISATU, "ours.xlsx", _sheet(tmp_path, I15="Ik ben bezig", I16="Geen stroom"))
        await one.sends(ISATU, "ours.xlsx", _sheet(tmp_path, I15="Ik ben bezig"))
        assert "Published: texts.toml." in await one.does(ISATU, Tapped(await one.session(ISATU), "ask_what", 2))
        found = await show(one.chats.database, await the_programme(one.chats.database))
        assert "Ik ben bezig" in found.overlay.files["texts.toml"]
        assert "Geen stroom" not in found.overlay.files["texts.toml"]

    played(sqlite_database, scene)


def test_what_is_wrong_in_several_ways_is_told_at_once_and_what_is_not_translated_last(
    sqlite_database: FreshDatabase,
) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        async with one.chats.database.write() as tx:
            await tx.execute(update(schema.people).where(schema.people.c.telegram_id == FATMATA).values(language="nl"))
        broken = STORY.replace('"asked"', '"check_in"').replace('say = "Thank you."', 'say = "Thank you, {nobody}."')
        said = await one.sends(ISATU, "our_story.toml", broken)
        told = [line for line in said.split("\n") if line.startswith("• ")]
        places = [line.partition(":")[0] for line in told]
        assert places == ["• our_story.toml line 5", "• our_story.toml line 18", "• our_story.toml line 9"], said
        assert "records nothing as check_in" in told[0]
        assert "nothing fills {nobody}" in told[1]
        assert "not in Nederlands (nl), which 1 of its people speak: our_story.ask_kind, our_story.ask_kind" in told[2]

    played(sqlite_database, scene)


def test_a_file_with_a_wrong_name_is_thrown_away_from_what_is_told_of_it(sqlite_database: FreshDatabase) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        assert "is no valid TOML" in await one.sends(ISATU, "wrong.toml", 'title = "x')
        assert "wrong.toml line 1" in await one.sends(ISATU, "our_story.toml", STORY)
        assert "Thrown away." in await one.does(ISATU, Tapped(await one.session(ISATU), "ask_mend", 1))
        assert "our_story.toml: nothing is wrong" in await one.sends(ISATU, "our_story.toml", STORY)

    played(sqlite_database, scene)


def test_a_spreadsheet_in_which_nothing_differs_takes_nothing_back(
    sqlite_database: FreshDatabase, tmp_path: Path
) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        await one.sends(ISATU, "our_story.toml", STORY)
        await one.does(ISATU, Tapped(await one.session(ISATU), "ask_what", 2))
        assert "there is nothing to publish" in await one.sends(ISATU, "ours.xlsx", _sheet(tmp_path))
        assert await _count(one.chats, schema.drafts) == 0
        assert {row.file for row in await _rows(one.chats, schema.overlays)} == {"numbers.toml", "our_story.toml"}

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
        assert (await _count(one.chats, schema.overlays), await _count(one.chats, schema.drafts)) == (4, 0)

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
        assert {row.file for row in await _rows(one.chats, schema.overlays)} <= {"numbers.toml"}
        assert await _count(one.chats, schema.drafts) == 1
        assert [row.what for row in await _rows(one.chats, schema.audit)].count("flows taken back") == 1

        # and who has not the right is shown it, no more
        await one.may(MARIEKE)
        assert "all is as packaged" in await one.does(ISATU, CommandGiven("ours"))

    played(each_database, scene)


ARABIC = """
[digest.answered]
en = "x"
[balance.gave.ar]
0 = "لا شيء"
1 = "مرة"
2 = "مرتان"
3 = "{count} مرات"
11 = "{count} مرة"
"""


async def _speaks(one: Facilitating, chat: int, language: str) -> None:
    async with one.chats.database.write() as tx:
        await tx.execute(schema.people.update().where(schema.people.c.telegram_id == chat).values(language=language))


def test_forms_of_a_counted_text_are_judged_published_said_and_taken_back_in_the_chat(
    each_database: FreshDatabase,
) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        await _speaks(one, ISATU, "nl")
        said = await one.sends(ISATU, "texts.toml", ARABIC)
        assert "texts.toml regel 3: digest.answered en: in deze tekst wordt geteld" in said
        assert "texts.toml regel 4: balance.gave ar: geen woorden voor de getallen 100, 101, 102, 200: voeg ze" in said
        mended = ARABIC.replace('en = "x"', 'en = { 1 = "{count}: {answered}", 2 = "{count}: {answered}" }')
        said = await one.sends(ISATU, "texts.toml", mended + '100 = "{count} مئة"\n')
        assert "digest.answered" in said.partition("niet in Nederlands")[2]
        mended += '100 = "{count} مئة"\n[digest.answered.nl]\n1 = "{count}: {answered}"\n2 = "{count}: {answered}"\n'
        assert "texts.toml: er is niets mis mee." in await one.sends(ISATU, "texts.toml", mended)
        await one.does(ISATU, Tapped(await one.session(ISATU), "ask_what", 2))
        programme = (await _rows(one.chats, schema.programmes))[0].id
        content = one.chats.turns.overlays.of(programme)
        counted = [content.speech.text(Text("balance.gave", {}, count=n), "ar", "UTC") for n in (1, 5, 300)]
        assert counted == ["مرة", "5 مرات", "300 مئة"]
        assert "texts.toml" in await one.does(ISATU, CommandGiven("ours"))
        await one.does(ISATU, Tapped(await one.session(ISATU), "ask_which", 1))
        assert "texts.toml" in await one.does(ISATU, Tapped(await one.session(ISATU), "ask_sure", 1))
        await one.does(ISATU, CommandGiven("help"))
        again = one.chats.turns.overlays.of(programme).speech
        assert again.text(Text("balance.gave", {}, count=1), "ar", "UTC") == "عطاء مرة واحدة"

    played(each_database, scene)


def test_words_left_beside_english_that_a_sheet_changed_are_shown_once_more_and_kept(
    sqlite_database: FreshDatabase, tmp_path: Path
) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        await _speaks(one, MARIEKE, "nl")
        said = await one.sends(ISATU, "ours.xlsx", _sheet(tmp_path, H5="When I keep quiet", K5="Mes silences"))
        assert "Do they still say the same?" in said
        assert "• Nederlands: silence_card.title\n" in said
        assert "Français" not in said
        assert "silence_card.toml, texts.toml: nothing is wrong." in said
        await one.does(ISATU, Tapped(await one.session(ISATU), "ask_what", 2))
        programme = (await _rows(one.chats, schema.programmes))[0].id
        flow = one.chats.turns.overlays.of(programme).catalogue.flows["silence_card"]
        titles = [flow.text_in(language, "silence_card.title") for language in ("en", "nl", "fr")]
        assert titles == ["When I keep quiet", "Als ik stil ben", "Mes silences"]

    played(sqlite_database, scene)


def test_what_is_published_on_the_command_line_is_told_to_the_coordinators_of_both_sides(
    each_database: FreshDatabase,
) -> None:
    async def scene(one: Facilitating) -> None:
        async with one.chats.database.read() as tx:
            programme = (await programmes.list_all(tx))[0]
        files = Brought({"thresholds.toml": "quiet_days = 30\n"})
        await publish(one.chats.database, programme, files, NOW, check=True)
        await one.chats.hears()
        assert "published" not in str(await one.chats.said(ISATU))
        await publish(one.chats.database, programme, files, NOW)
        await take_back(one.chats.database, programme, (), NOW)
        await one.chats.hears()
        for chat in (ISATU, MARIEKE):
            heard = str(await one.chats.said(chat))
            assert "Whoever runs me has published" in heard
            assert "Whoever runs me has taken back what your programme had of its own: thresholds.toml." in heard
        assert "Whoever runs me" not in str(await one.chats.said(FATMATA))

    played(each_database, scene)


def test_what_is_wrong_is_told_in_the_language_of_whoever_sent_it(sqlite_database: FreshDatabase) -> None:
    async def scene(one: Facilitating) -> None:
        await one.may(ISATU)
        async with one.chats.database.write() as tx:
            await tx.execute(update(schema.people).where(schema.people.c.telegram_id == ISATU).values(language="nl"))
        broken = STORY.replace('say = "Thank you."', 'say = "Thank you, {nobody}."')
        said = await one.sends(ISATU, "our_story.toml", broken)
        assert "our_story.toml regel 18: niets vult {nobody} in" in said
        assert "niet in Nederlands (nl), dat zoveel mensen van het programma spreken: 1." in said
        assert "Een gesprek komt als bestand" in await one.sends(ISATU, "virus.exe", b"MZ")

    played(sqlite_database, scene)
