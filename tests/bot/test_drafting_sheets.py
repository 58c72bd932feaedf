"""Spreadsheets and words in the chat: what was mended, what was left as it was, and in whose language it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from bot.library import read_library
from bot.publishing import publish, show, take_back
from bot.tailoring import export
from bot.tailoring.own_files import Brought
from bot.translations import root
from flows.events.own import CommandGiven, Tapped
from flows.values import Text
from storage import programmes, schema
from tests.bot.facilitating import Facilitating, count, played, rows
from tests.bot.test_publishing import STORY, the_programme
from tests.chats import FATMATA, ISATU, MARIEKE
from tests.databases import FreshDatabase
from tests.turns import NOW


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
        assert await count(one.chats, schema.drafts) == 0
        assert {row.file for row in await rows(one.chats, schema.overlays)} == {"numbers.toml", "our_story.toml"}

    played(sqlite_database, scene)


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
        programme = (await rows(one.chats, schema.programmes))[0].id
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
        programme = (await rows(one.chats, schema.programmes))[0].id
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
