from __future__ import annotations

import ast
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from babel.messages.pofile import read_po
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.speech import languages, read_languages
from bot.translations import Status, catalogues, check, rules, status, update
from bot.translations import root as checkout
from flows.errors import LibraryBroken
from flows.extraction import extract_library
from flows.values import Text
from tests.speech.samples import (
    DUTCH,
    LIBRARY,
    MORE_LANGUAGES,
    RTL,
    TABLE,
    make_checkout,
    po_file,
    speech_of,
    translate,
    write_library,
)

ASK = "Hello {person}. Any word from {twin}?"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path)


def change_source(root: Path, old: str, new: str, path: str = "exchange/hello.toml") -> None:
    assert old in LIBRARY[path]
    write_library(root, {path: LIBRARY[path].replace(old, new)})


def status_of(root: Path, language: str = "nl") -> Status:
    return next(one for one in status(root) if one.language == language)


def files_of(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (root / "locales").rglob("*.po*")}


# -- update --------------------------------------------------------------------------------------------------------


def test_updating_twice_changes_nothing(root: Path) -> None:
    before = files_of(root)
    assert update(root) == ()
    assert files_of(root) == before


def test_an_update_names_what_it_changed(root: Path) -> None:
    change_source(root, "Any word", "Any news")
    assert update(root) == (Path("locales/twinbot.pot"), Path("locales/nl/LC_MESSAGES/twinbot.po"))


def test_a_new_language_gets_a_file_of_its_own(root: Path) -> None:
    (root / "locales" / "languages.toml").write_text(TABLE + MORE_LANGUAGES, encoding="utf-8")
    assert po_file(root, RTL).relative_to(root) in update(root)
    assert status_of(root, RTL).missing == tuple(text.id for text in extract_library(LIBRARY))
    assert update(root) == ()


def test_a_changed_source_makes_its_translation_stale_and_shows_what_it_was(root: Path) -> None:
    change_source(root, "Any word", "Any news")
    update(root)
    assert "#. Was: Hello {person}. Any word from {twin}?\n" in po_file(root, "nl").read_text(encoding="utf-8")
    assert status_of(root).stale == ("hello.ask",)
    assert [(problem.where, problem.rule) for problem in check(root)] == [("locales/nl hello.ask", "stale")]


def test_a_stale_translation_stays_stale_however_often_one_updates(root: Path) -> None:
    long = "Any word (a call, a message, a photograph, whatever it was, however short it may have been) lately"
    change_source(root, "Any word", long)
    update(root)
    change_source(root, "Any word", "Any news")
    update(root)
    once = files_of(root)
    assert update(root) == ()
    assert files_of(root) == once
    assert status_of(root).stale == ("hello.ask",)


def test_a_translation_looked_at_again_is_current(root: Path) -> None:
    change_source(root, "Any word", "Any news")
    update(root)
    place = po_file(root, "nl")
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace("#, fuzzy, python-brace-format", "#, python-brace-format"), encoding="utf-8")
    update(root)
    assert check(root) == []
    assert "Was:" not in place.read_text(encoding="utf-8")


def test_a_text_that_left_comes_back_with_its_translation(root: Path) -> None:
    before = files_of(root)
    change_source(root, '[[steps]]\nid = "bye"\nsay = "Thank you, {person}."\n', "")
    update(root)
    text = po_file(root, "nl").read_text(encoding="utf-8")
    assert '#~ msgctxt "hello.bye"' in text
    assert check(root) == []
    write_library(root, LIBRARY)
    update(root)
    assert files_of(root) == before


def test_a_stale_translation_that_left_does_not_come_back_as_if_it_were_right(root: Path) -> None:
    change_source(root, "Thank you, {person}.", "Thanks, {person}!")
    update(root)
    change_source(root, '[[steps]]\nid = "bye"\nsay = "Thank you, {person}."\n', "")
    update(root)
    change_source(root, "Thank you, {person}.", "Thanks, {person}!")
    update(root)
    assert status_of(root).missing == ("hello.bye",)


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ('ok = "OK"', 'ok = { one = "{count} OK", other = "{count} OKs" }', ("OK", "OK")),
        (
            'days = { one = "{count} day with {twin}", other = "{count} days with {twin}"',
            'days = { text = "Days"',
            None,
        ),
    ],
)
def test_a_text_that_gains_or_loses_its_plural_keeps_a_stale_translation(
    root: Path, old: str, new: str, kept: tuple[str, ...] | None
) -> None:
    change_source(root, old, new, "phrases.toml")
    update(root)
    id_ = "talk.ok" if kept else "talk.days"
    assert status_of(root).stale == (id_,)
    message = next(m for m in read_languages(root / "locales").catalogs["nl"] if m.context == id_)
    assert message.string == (kept or DUTCH["talk.days"][1])


def test_a_translators_own_comment_is_kept(root: Path) -> None:
    place = po_file(root, "nl")
    text = place.read_text(encoding="utf-8")
    text = text.replace("#. A button, at most", "# Ask Fatima about this one.\n#. A button, at most", 1)
    place.write_text(text, encoding="utf-8")
    assert update(root) == ()
    assert check(root) == []


def test_no_date_no_tool_and_no_machine_is_named(root: Path) -> None:
    for content in files_of(root).values():
        text = content.decode()
        assert "Date" not in text
        assert "Babel" not in text
        assert str(root) not in text
        assert "#: flows/library/exchange/hello.toml\n" in text


def test_the_template_is_read_by_any_gettext_tool(root: Path) -> None:
    with (root / "locales" / "twinbot.pot").open("rb") as file:
        template = read_po(file, abort_invalid=True)
    assert [message.context for message in template if message.id] == [text.id for text in extract_library(LIBRARY)]


def test_a_broken_library_is_refused_and_nothing_is_written(root: Path) -> None:
    before = files_of(root)
    write_library(root, {"exchange/hello.toml": "goal = "})
    with pytest.raises(LibraryBroken):
        update(root)
    assert [problem.rule for problem in check(root)] == ["toml"]
    assert files_of(root) == before


WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda words: not set(words) & set("{}/") and words.strip() == words
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(WORDS, min_size=1, max_size=3))
def test_any_words_of_a_translator_survive_the_round_trip(root: Path, words: list[str]) -> None:
    translation = "\n".join(words) + " {person}"
    translate(root, "nl", {"hello.bye": translation})
    update(root)
    assert update(root) == ()
    assert speech_of(root).text(_bye(), "nl", "UTC") == translation.replace("{person}", "Bo")


def _bye() -> Text:
    return Text("hello.bye", {"person": "Bo"})


# -- status --------------------------------------------------------------------------------------------------------


def test_status_tells_how_far_a_language_is(root: Path) -> None:
    translate(root, "nl", {"engine.skip": "", "hello.ask.yes": "Yes", "talk.days": ("", "x")})
    change_source(root, "What kind?", "Which kind?")
    update(root)
    dutch = status_of(root)
    assert dutch.missing == ("engine.skip", "talk.days")
    assert dutch.stale == ("hello.ask_kind",)
    assert dutch.identical == ("hello.ask.yes",)
    assert dutch.texts == len(DUTCH)
    assert dutch.coverage == pytest.approx(1 - 3 / len(DUTCH))
    assert (dutch.name, dutch.complete, dutch.reviewed) == ("Nederlands", True, True)


def test_status_reads_as_one_line(root: Path) -> None:
    assert str(status_of(root)) == f"nl Nederlands: 100% of {len(DUTCH)} texts; offered; reviewed"
    translate(root, "nl", dict.fromkeys(DUTCH, ""))
    assert str(status_of(root)).endswith("missing: " + ", ".join(list(status_of(root).missing)[:10]) + " …")


def test_the_source_is_whole_by_itself(root: Path) -> None:
    english = status_of(root, "en")
    assert (english.coverage, english.missing, english.reviewed) == (1.0, (), False)


# -- check: one broken sample a rule -------------------------------------------------------------------------------


def test_a_checkout_without_fault_has_no_problem(root: Path) -> None:
    assert check(root) == []


def dutch(**words: str | tuple[str, ...]) -> dict[str, Any]:
    return {"dutch": {id_.replace("__", "."): written for id_, written in words.items()}}


def table(old: str, new: str) -> dict[str, Any]:
    assert old in TABLE
    return {"table": TABLE.replace(old, new)}


REVIEW = '{ by = "A. Reader", on = 2026-11-20 }'

GALLERY: list[tuple[str, str, Mapping[str, Any]]] = [
    ("missing", "hello.ask", dutch(hello__ask="")),
    ("missing", "talk.days", dutch(talk__days=("{count} dag met {twin}", ""))),
    ("stale", "hello.ask", {"source": ("Any word", "Any news")}),
    ("not-updated", "twinbot.pot", {"source": ("Any word", "Any news"), "update": False}),
    ("not-updated", "twinbot.po", {"append": '\n#~ msgctxt "gone"\n#~ msgid "Gone"\n#~ msgstr ""\n', "update": False}),
    ("placeholders", "hello.ask", dutch(hello__ask="Dag {person}. Al iets gehoord?")),
    ("placeholders", "hello.ask", dutch(hello__ask="Dag {person}. Al iets van {twin} in {land}?")),
    ("placeholders", "talk.days", dutch(talk__days=("een dag", "{count} dagen met {twin}"))),
    ("commands", "talk.bye", dutch(talk__bye="Tot ziens, {person}. Met /hervat kom je terug.")),
    ("identical", "hello.ask.yes", dutch(hello__ask__yes="Yes")),
    ("same-unused", "languages.toml", dutch(talk__ok="Goed")),
    ("edges", "hello.bye", dutch(hello__bye="Dank je, {person}. ")),
    ("too-long", "hello.ask.yes", dutch(hello__ask__yes="J" + 40 * "a")),
    ("too-long", "engine.not_open", dutch(engine__not_open=201 * "a")),
    ("too-long", "commands.pause", dutch(commands__pause=257 * "a")),
    ("too-long", "hello.bye", dutch(hello__bye="{person}" + 2045 * "🙂")),
    ("too-long", "exchange/hello.toml hello.ask.yes", {"source": ('"Yes"', f'"{41 * "y"}"')}),
    ("stray-brace", "hello.bye", dutch(hello__bye="Dank je, {person}. {Ook}")),
    ("stray-brace", "exchange/hello.toml hello.bye", {"source": ("Thank you, {person}.", "Thank you, {person}. }")}),
    ("unbalanced-direction", "hello.bye", dutch(hello__bye="Dank je, \u2068{person}.")),
    ("unbalanced-direction", "hello.bye", dutch(hello__bye="Dank je, \u202e{person}.\n\u202c!")),
    ("control-character", "hello.bye", dutch(hello__bye="Dank\tje, {person}.")),
    ("machine-path", "twinbot.po", {"comment": "# see /home/me/notes.txt"}),
    ("unknown-language", "locales/fr", {"folder": "fr"}),
    ("honest-mark", "languages.toml", table(REVIEW, "false")),
    ("honest-mark", "languages.toml", table("complete = true\nreviewed = {", "complete = false\nreviewed = {")),
    ("direction", "languages.toml", table('parent = "en"\ndirection = "ltr"', 'parent = "en"\ndirection = "rtl"')),
    ("language-table", "languages.toml", table('parent = "en"', 'parent = "de"')),
    ("language-table", "languages.toml", table('parent = "en"', 'parent = "nl"')),
    ("language-table", "languages.toml", table('parent = "en"\n', "")),
    ("language-table", "languages.toml", table("[en]", "[de]")),
    ("language-table", "languages.toml", table(REVIEW, "true")),
    ("toml", "languages.toml", table("[en]", "[en")),
    ("po-form", "locales/nl", {"append": "msgid no quotes\n", "update": False}),
    (
        "plural-rule",
        "languages.toml",
        table(
            'parent = "en"\ndirection = "ltr"\nplural = "nplurals=2',
            'parent = "en"\ndirection = "ltr"\nplural = "nplurals=3',
        ),
    ),
    ("plural-forms", "talk.days", {"one_form": True, "update": False}),
]


@pytest.mark.parametrize(("rule", "where", "broken"), GALLERY, ids=[f"{n}-{one[0]}" for n, one in enumerate(GALLERY)])
def test_the_gallery_of_broken_translations(root: Path, rule: str, where: str, broken: Mapping[str, Any]) -> None:
    break_it(root, broken)
    found = check(root)
    assert rule in {problem.rule for problem in found if where in problem.where}, found
    assert all(problem.advice for problem in found)


def break_it(root: Path, broken: Mapping[str, Any]) -> None:
    place = po_file(root, "nl")
    text = place.read_text(encoding="utf-8")
    if "dutch" in broken:
        assert broken["dutch"].keys() <= DUTCH.keys()
        translate(root, "nl", broken["dutch"])
    if "table" in broken:
        (root / "locales" / "languages.toml").write_text(broken["table"], encoding="utf-8")
    if "source" in broken:
        change_source(root, *broken["source"])
    if "append" in broken:
        place.write_text(text + broken["append"], encoding="utf-8")
    if "comment" in broken:
        place.write_text(text.replace("#. A button", broken["comment"] + "\n#. A button", 1), encoding="utf-8")
    if "one_form" in broken:
        text = text.replace("nplurals=2; plural=(n != 1);", "nplurals=1; plural=0;")
        place.write_text(text.replace('msgstr[1] "{count} dagen met {twin}"', ""), encoding="utf-8")
    if "folder" in broken:
        (root / "locales" / broken["folder"] / "LC_MESSAGES").mkdir(parents=True)
    if broken.get("update", True):
        try:
            update(root)
        except LibraryBroken:
            assert "table" in broken


def test_every_rule_has_a_broken_sample() -> None:
    found = {*rules.WORDING_RULES, *rules.TRANSLATION_RULES}
    for module in (languages, catalogues, rules):
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
                found |= _constant(node.args[1])
            if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
                found |= _constant(node.value.elts[0])
    assert found == {rule for rule, _, _ in GALLERY}


def _constant(node: ast.expr) -> set[str]:
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


# -- what came with the program ------------------------------------------------------------------------------------


def test_our_own_translations_have_no_problem() -> None:
    assert checkout() == Path(__file__).parents[2]
    assert check(checkout()) == []


def test_the_direction_of_a_name_is_the_one_that_cldr_gives_its_language() -> None:
    codes = [code for code in locale_identifiers() if "Mong" not in code]  # from top to bottom
    known = [locale for code in codes if (locale := Locale.parse(code)).get_language_name()]
    told = {str(locale): locale.text_direction for locale in known}

    assert len(told) > 500
    assert {str(locale): languages.direction_of(locale.get_language_name() or "") for locale in known} == told
    assert languages.direction_of("🌍 2 עברית") == "rtl"


def test_what_is_no_letter_is_found_by_its_category() -> None:
    text = extract_library(LIBRARY)[0]
    for character in map(chr, range(0x3000)):
        found = any(rule == "control-character" for rule, _ in rules.wording_faults(text, (f"a{character}b",)))

        assert found == (unicodedata.category(character) == "Cc" and character != "\n"), hex(ord(character))
