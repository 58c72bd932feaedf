"""What a programme lays over the library: what is its own, what stays the very same, what is refused and why."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from bot.library import packaged_catalogue, read_library, read_numbers
from bot.places import world_facts
from flows.catalogue import Catalogue, is_phrases
from flows.errors import LibraryBroken
from flows.layout import flow_file
from flows.ledger import kept
from flows.lines import line_of, line_of_id, line_of_text
from flows.overlay import Overlay, judged, lay, untranslated
from flows.thresholds import PACKAGED, THRESHOLDS, Thresholds, thresholds_of
from flows.untouched import BY_RIGHT, COORDINATORS
from flows.values import Text
from tests.speaking import the_speech

TINY = """\
goal = "Say a word."
record = "asked"
expires = { after = "6d", keep = "partial" }
[[steps]]
id = "ask_one"
choose = "One?"
save = "one"
choices = [{ id = "yes", text = "Yes" }, { id = "no", text = "No" }]
"""


def laid(**files: str) -> Overlay:
    return lay(packaged_catalogue(), {f"{name}.toml": text for name, text in files.items()})


def refused(**files: str) -> list[str]:
    with pytest.raises(LibraryBroken) as broken:
        laid(**files)
    return [str(one) for one in broken.value.problems]


def wrong(**files: str) -> list[str]:
    overlay = laid(**files)
    numbers = kept(read_numbers(), overlay.catalogue)
    return [str(one) for one in judged(overlay, numbers, world_facts(("en",)))]


def packaged(flow: str) -> dict[str, Any]:
    path = next(path for path in read_library() if path.endswith(f"/{flow}.toml") and not is_phrases(path))
    return tomllib.loads(read_library()[path])


def without(flow: str, *steps: str) -> Mapping[str, str]:
    data = packaged(flow)
    data["steps"] = [step for step in data["steps"] if step["id"] not in steps]
    return {flow: flow_file(data)}


def test_what_is_not_touched_is_the_very_same_and_what_says_the_same_too() -> None:
    base: Catalogue = packaged_catalogue()
    overlay = laid(**without("silence_card"), texts='[pause.title]\nnl = "Even rust"\n')
    assert overlay.touched == {"pause"}
    same = [name for name, flow in overlay.catalogue.flows.items() if base.flows[name] is flow]
    assert set(base.flows) - set(same) == {"pause"}
    assert lay(base, {}).catalogue is base


def test_other_english_makes_the_packaged_translations_of_that_text_void_and_of_no_other() -> None:
    overlay = laid(texts='[weekly_checkin.ask_contact]\nen = "Any news of {twin}?"\nnl = "Nieuws van {twin}?"\n')
    flow = overlay.catalogue.flows["weekly_checkin"]
    assert flow.text_in("nl", "weekly_checkin.ask_contact") == "Nieuws van {twin}?"
    assert flow.text_in("fr", "weekly_checkin.ask_contact") == "Any news of {twin}?"
    assert flow.text_in("fr", "weekly_checkin.thanks") != flow.texts["weekly_checkin.thanks"]
    assert untranslated(overlay, ("en", "nl", "fr")) == {"fr": ["weekly_checkin.ask_contact"]}
    assert flow.version != packaged_catalogue().flows["weekly_checkin"].version


COUNTED = """
[balance.gave.en]
1 = "gave one time"
5 = "gave {count} times over"

[balance.gave.ar]
0 = "none"
1 = "one"
2 = "two"
"٣" = "{count} few"
11 = "{count} many"
100 = "{count} hundreds"

[balance.received]
kri = "risiv {count}"
nl = { 1 = "kreeg één keer", 2 = "kreeg {count} keer" }
"""


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("gave", "en", ("gave 0 times over", "gave one time", "gave 2 times over", "gave 11 times over")),
        ("gave", "ar", ("none", "one", "two", "11 many")),
        ("gave", "nl", ("gave 0 times over", "gave one time", "gave 2 times over", "gave 11 times over")),
        ("received", "en", ("received 0 times", "received once", "received 2 times", "received 11 times")),
        ("received", "nl", ("kreeg 0 keer", "kreeg één keer", "kreeg 2 keer", "kreeg 11 keer")),
        ("received", "kri", ("risiv 0", "risiv 1", "risiv 2", "risiv 11")),
        ("received", "fr", ("reçu 0 fois", "reçu 1 fois", "reçu 2 fois", "reçu 11 fois")),
    ],
)
def test_a_counted_text_is_said_in_the_form_of_its_language_or_as_one_without_a_plural_would_be(
    text: str, language: str, said: tuple[str, ...]
) -> None:
    """Also: in English where the English differs and the language has no words of its own."""
    overlay = laid(texts=COUNTED)
    speech = the_speech().of(overlay.catalogue)
    assert tuple(speech.text(Text(f"balance.{text}", {}, count=one), language, "UTC") for one in (0, 1, 2, 11)) == said
    assert overlay.touched == {"balance.gave", "balance.received"}
    assert untranslated(overlay, ("en", "nl", "ar", "fr")) == {"nl": ["balance.gave"], "fr": ["balance.gave"]}
    assert wrong(texts=COUNTED) == []


def test_english_that_says_what_is_packaged_leaves_the_packaged_forms_of_every_language() -> None:
    phrase = packaged_catalogue().phrases["balance.gave"]
    overlay = laid(texts=f'[balance.gave.en]\n1 = "{phrase.one}"\n2 = "{phrase.other}"\n')
    speech = the_speech().of(overlay.catalogue)
    assert speech.text(Text("balance.gave", {}, count=1), "nl", "UTC") == "gaf één keer"
    assert untranslated(overlay, ("en", "nl")) == {}


@pytest.mark.parametrize(
    ("texts", "line", "said"),
    [
        ('[balance.gave]\nen = "gave"', 2, "this text is counted: write words for each of the numbers 1; 0, 2, 3, 4 …"),
        ('\n[balance.gave.ar]\n0 = "a"\n1 = "b"\n2 = "c"\n3 = "d"', 2, "no words for the numbers 11, 12, 13, 14 …"),
        ('[balance.gave.en]\n2 = "x"', 1, "no words for the numbers 1: add them, as in 1 = words in quotes"),
        ('[balance.gave.en]\n1 = "x"\n2 = "y"\n7 = "z"', 1, "2 and 7 are counted alike: keep the words of one"),
        ('[balance.gave.en]\n1 = "x"\nmany = "y"', 1, "“many” is no number: write one that the words are for"),
        (f'[balance.gave.en]\n1 = "x"\n{"9" * 5000} = "y"', 1, "is no number: write one that the words are for"),
        ('[balance.gave]\nen = { 1 = "x", 2 = 3 }', 2, "write words in quotes"),
        ('[balance.gave.xx]\n1 = "x"', 1, "there is no language 'xx'"),
        ('[pause.title.en]\n1 = "x"', 1, "no text that is counted has this id: write its words in quotes"),
        ('[balance.gavee.en]\n1 = "x"', 1, "no text that is counted has this id"),
        ('[balance.gave.en]\n1 = "x"\n2 = "{times} y"', 1, "nothing fills {times} here: take it out"),
        ('[lite.on]\nen = "{nobody}"', 2, "nothing fills {nobody} here: take it out"),
        ('[broadcast.to.en]\n1 = "x"\n2 = "y"', 1, "the bot says this as a whole"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_counted_text_is_told_by_its_line(texts: str, line: int, said: str) -> None:
    found = refused(texts=texts)
    assert any(one.startswith(f"texts.toml line {line}: ") and said in one for one in found), found


def test_other_words_of_an_item_of_the_agenda_make_their_translations_void_too() -> None:
    overlay = laid(agenda='[[items]]\nid = "costs"\nbrings = "What it costs you, quickly."\n')
    speech = the_speech().of(overlay.catalogue)
    assert speech.text(Text("agenda.costs"), "nl", "UTC") == "What it costs you, quickly."
    assert untranslated(overlay, ("en", "nl")) == {"nl": ["agenda.costs"]}


def test_a_list_that_several_flows_offer_is_reworded_in_all_of_them_and_in_no_other() -> None:
    flows = packaged_catalogue().flows.values()
    offering = {flow.id for flow in flows if "quiet_reasons" in {step.choices for step in flow.definition.steps}}
    choice = packaged_catalogue().lists["quiet_reasons"][0].id
    assert laid(texts=f'[choices.quiet_reasons.{choice}]\nen = "Other words"\n').touched == offering


@pytest.mark.parametrize("flow", sorted(BY_RIGHT | COORDINATORS))
def test_what_everybody_has_by_right_can_neither_be_replaced_nor_reworded(flow: str) -> None:
    text = next(iter(packaged_catalogue().flows[flow].texts))
    assert all("the same everywhere" in one for one in refused(**{flow: TINY}))
    if not text.startswith("choices."):
        assert "[untouched]" in refused(texts=f'[{text}]\nnl = "anders"\n')[0]


@pytest.mark.parametrize(
    ("id_", "why"),
    [("policy.developer", "by right"), ("talk.closed", "as a whole"), ("commands.pause", "as a whole")],
)
def test_what_the_bot_says_as_a_whole_can_not_be_reworded(id_: str, why: str) -> None:
    assert why in refused(texts=f'[{id_}]\nnl = "anders"\n')[0]


def test_no_flow_comes_near_the_rights_of_others_by_another_way() -> None:
    said = refused(mine=TINY + '[[steps]]\nid = "gone"\ndo = "delete.carry_out"\n')
    assert said == ["mine.toml line 10: delete.carry_out belongs to conversations that are the same everywhere: "
                    "take it out [reserved]"]  # fmt: skip
    assert (
        "coordination.overview belongs"
        in refused(mine=TINY.replace("record", 'facts = ["coordination.overview"]\nrecord'))[0]
    )
    assert "records nothing as check_in" in refused(mine=TINY.replace('"asked"', '"check_in"'))[0]


def test_whether_somebody_felt_unsafe_is_always_asked() -> None:
    assert "somebody's safety" in refused(**without("review", "ask_safe"))[0]
    assert any("somebody's safety" in said for said in refused(**without("review", "ask_write")))
    data = packaged("review")
    step = next(one for one in data["steps"] if one["id"] == "ask_safe")
    step["choose"] = "Did anything make you feel unsafe?"
    assert wrong(review=flow_file(data)) == []


def test_free_text_is_guarded() -> None:
    said = refused(mine=TINY + '[[steps]]\nid = "ask_words"\nask = "Why?"\nsave = "why"\n')
    assert said[0].startswith("mine.toml line 10: free text is guarded")


def test_a_step_that_a_rule_needs_is_missed_before_anybody_is_inside() -> None:
    [said] = wrong(**without("challenge", "ask_challenge"))
    assert "the flow breaks off: a rule needs 'challenge'" in said
    assert wrong(**without("weekly_checkin", "ask_kind")) == []


def test_an_agenda_says_only_what_differs() -> None:
    base = packaged_catalogue().agenda
    overlay = laid(
        mine=TINY,
        agenda='leave_out = ["costs"]\n[[items]]\nid = "silence_card"\nafter = "2w"\n'
        '[[items]]\nid = "mine"\nflow = "mine"\nbrings = "A word."\nphases = ["exchange"]\nevery = "4w"\nminutes = 1\n'
        'before = "half_year"\n',
    )
    items = {one.id: one for one in overlay.catalogue.agenda}
    ids = list(items)
    assert [one for one in ids if one != "mine"] == [one.id for one in base if one.id != "costs"]
    assert ids[ids.index("mine") + 1] == "half_year"
    assert items["silence_card"].after.days == 14
    same = next(one for one in base if one.id == "silence_card")
    assert items["silence_card"].model_copy(update={"after": same.after}) == same
    assert overlay.catalogue.phrases["agenda.mine"].text == "A word."


@pytest.mark.parametrize(
    ("agenda", "said"),
    [
        ('leave_out = ["nothing"]', "line 1: there is no item 'nothing'"),
        ('leave_out = ["data_choice"]', "line 1: it belongs to what everybody has by right"),
        ('\n[[items]]\nid = "x"\nflow = "mine"', "line 2: brings: is missing"),
        ('[[items]]\nid = "costs"\nevery = "soon"', "line 3: every: 'soon' is no duration"),
        ('[[items]]\nid = "costs"\nflow = "no_such"', "line 1: asks the flow no_such, which does not exist"),
        ('[[items]]\nid = "costs"\nflow = "pause"', "line 1: the flow pause leaves no trace"),
        ('[[items]]\nid = "costs"\nwhen = "at_full_moon"', "line 1: there is no condition 'at_full_moon'"),
        ('[[items]]\nid = "costs"\nbefore = "no_such"', "line 1: there is no item 'no_such'"),
        ('[[items]]\nid = "costs"\nbrings = "For {twin}."', "line 3: nothing fills {twin} here: take it out"),
        ("order = 1", "line 1: order is unknown"),
        ("items = 3", "line 1: items"),
    ],
)
def test_what_is_wrong_with_an_agenda_is_told_by_its_line(agenda: str, said: str) -> None:
    assert f"agenda.toml {said}" in refused(mine=TINY, agenda=agenda)[0]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"mine": "goal = "}, "mine.toml line 1: is no valid TOML here"),
        ({"mine": "a = " + "[" * 5000}, "mine.toml line 1: "),
        ({"mine": "goal = \"x\\u0000\"\nsteps = []"}, "mine.toml line 1: a flow needs at least one step"),
        ({"mine": TINY.replace("choose =", "chose =")}, "mine.toml line 6: steps 1 chose: is unknown here"),
        ({"numbers": "x = 1"}, "numbers.toml line 1: the library keeps the name numbers"),
        ({"phrases": "x = 1"}, "phrases.toml line 1: the library keeps the name phrases"),
        ({"Über": "x = 1"}, "Über.toml line 1: this is no name of a flow"),
        ({"texts": 'words = "x"'}, "texts.toml line 1: "),
        ({"texts": '[no.such]\nen = "x"'}, "texts.toml line 2: no.such en: there is no text with this id"),
        ({"texts": '[pause.title]\nxx = "x"'}, "texts.toml line 2: pause.title xx: there is no language 'xx'"),
        ({"texts": '[pause.title]\nnl = 3'}, "texts.toml line 2: pause.title nl: write words in quotes"),
        ({"thresholds": "quiet_days = 3"}, "thresholds.toml line 1: quiet_days"),
        ({"thresholds": '\nrarely = "9000w"'}, "thresholds.toml line 2: rarely: has to be from 1d to 366d"),
        ({"thresholds": "balance_even = 0.1"}, "thresholds.toml line 1: balance_one_way has to be less"),
        ({"choices": '[[helps]]\nid = "x"'}, "choices.toml line 1: "),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_told_by_file_and_line(files: dict[str, str], said: str) -> None:
    assert any(said in one for one in refused(**files)), refused(**files)


def test_a_file_that_is_far_too_long_is_not_even_read() -> None:
    assert "more than 100,000 characters" in refused(mine="#" * 200_000)[0]


def test_a_rule_that_asks_has_the_programme_s_own_thresholds_or_the_packaged_ones() -> None:
    own = laid(thresholds='personal_first = "4w"\n').thresholds
    assert thresholds_of({THRESHOLDS: own}).personal_first.days == 28
    assert thresholds_of({}) is PACKAGED
    assert Thresholds() == PACKAGED


def test_a_line_is_found_by_place_by_id_and_by_text() -> None:
    assert line_of(TINY, ("steps", 0, "save")) == 7
    assert line_of(TINY, ("expires",)) == 3
    assert line_of_id(TINY, ("ask_one", "no")) == 8
    assert line_of_text('[a.b]\nen = "x"\n[a.b.c]\nnl = "y"\n', "a.b.c", "nl") == 4
