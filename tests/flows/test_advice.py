"""What is wrong with a file is said in the language of whoever sent it: found by its English, and never lost."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

import bot
import flows
from flows.advice import LONGEST, Advice, said
from flows.errors import Problem
from flows.values import Listed, Text
from tests.turns import library

CATALOGUE, SPEECH = library()
ADVICE = Advice(CATALOGUE.phrases)
IN_ENGLISH = frozenset(
    {
        "run twinbot flows check --keep-numbers and commit flows/library/numbers.toml",
        "is not translated: add it to locales/",
        "the source of ",
        "add its loader, or mend the rule",
        "the numbers of ",
        "name the file with a to z",
        "stands in the library: ",
        "in the library since ",
        "change it there by hand",
    }
)
"""What only those meet who work in the library itself."""
PARTS = frozenset(
    {
        "'word' can not have it: put 'word' back, or give the step a new id",
        "it is word now: put it back, new choices go last",
        "this is no name of a flow: word",
        "word: write one of word into the column row",
    }
)
"""What stands inside another sentence, or has one in it."""


def _checks() -> list[str]:
    """Every sentence that a check yields or a page tells, with a word in each of its gaps."""
    folder = Path(flows.__file__).parent
    tailoring = Path(bot.__file__).parent / "tailoring"
    names = ("checks", "overlay", "own_words", "untouched", "wording", "walking", "definition")
    files = [folder / f"{name}.py" for name in names]
    files += [tailoring / f"{name}.py" for name in ("reading", "notation", "phrases")]
    found: list[str] = []
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        strings = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        said_here = (_text(node) for node in ast.walk(tree) if id(node) not in strings | docs)
        found += [text for text in said_here if text is not None and _is_advice(text)]
    return sorted(set(found) - PARTS)


def _text(node: ast.AST) -> str | None:
    match node:
        case ast.Constant(str(text)):
            return text
        case ast.JoinedStr(parts):
            return "".join(str(one.value) if isinstance(one, ast.Constant) else "word" for one in parts)
        case _:
            return None


def _is_advice(text: str) -> bool:
    """A sentence that says what to do: of several words, behind a colon or a semicolon."""
    clauses = text.replace(";", ":").split(": ")
    return len(clauses) > 1 and len(text.split()) > 5 and not any(one in text for one in IN_ENGLISH)


@pytest.mark.parametrize("sentence", _checks())
def test_every_sentence_of_a_check_can_be_said_in_every_language(sentence: str) -> None:
    found = ADVICE.id_of(sentence)
    assert found is not None and found[0] != "advice.of", sentence
    for language in SPEECH.languages:
        words = SPEECH.text(Text(found[0], found[1]), language, "UTC")
        assert (words == SPEECH.text(Text(found[0], found[1]), "en", "UTC")) == (language == "en")


def _in(language: str, *problems: tuple[str, str]) -> str:
    kept = json.dumps([ADVICE.kept_of(Problem(where, "rule", advice)) for where, advice in problems])
    return SPEECH.value(said(kept), language, "UTC")


def test_place_and_advice_are_in_her_language_and_words_of_the_file_stay() -> None:
    problems = (
        ("our_story.toml line 12", "there is no step 'thanks': name one of this flow, or end"),
        ("silence_card G10", "aside is “maybe”: write yes or no"),
    )
    assert _in("nl", *problems) == (
        "• our_story.toml regel 12: er is geen stap 'thanks': noem er een van dit gesprek, of end\n"
        "• silence_card G10: aside is “maybe”: schrijf yes of no"
    )
    assert _in("en", *problems) == "\n".join(f"• {where}: {advice}" for where, advice in problems)


def test_advice_within_advice_is_said_in_her_language_too() -> None:
    said_ = _in("nl", ("x.toml line 1", "steps 1 save: is missing; write it"))
    assert said_ == "• x.toml regel 1: steps 1 save: ontbreekt; schrijf het"
    listed = "the list helps is offered by join: the bot says this as a whole, in every programme alike"
    assert "dit zegt de bot als geheel" in _in("nl", ("choices.toml line 3", listed))
    assert "niet op dezelfde regel gesloten" in _in(
        "nl", ("x.toml line 1", "is no valid TOML here: a quote is opened here and not closed in the same line")
    )


def test_what_nobody_has_written_down_stays_as_it_was_said_and_nothing_is_too_long() -> None:
    assert _in("nl", ("x.toml line 1", "Input should be 7")) == "• x.toml regel 1: Input should be 7"
    long = _in("nl", ("x.toml line 1", f"there is no fact 'a': use one of {'x, ' * 900}"))
    assert len(long) < LONGEST + 100
    assert len(_in("nl", ("x.toml line 1", "y" * 5000))) < LONGEST + 50


@pytest.mark.parametrize("kept", ["• a.toml line 1: words", "", "[", '"words"', "[]", "7", '[["advice.of",{}],3]'])
def test_what_is_kept_otherwise_is_said_as_it_is(kept: str) -> None:
    assert isinstance(said(kept), str | Listed)
