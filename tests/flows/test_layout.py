from __future__ import annotations

import tomllib
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.library import read_library
from flows import layout
from flows.catalogue import CHOICES_FILE, is_phrases
from flows.definition import FlowDefinition, StepDefinition
from flows.layout import flow_file, lists_file
from flows.remarks import Anchor, remarks_of
from tests.flows.any_definition import REMARKS, choice_lists, definitions, remarks

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(['"', '"""', "# no remark", "a\n\nb" * 60, 'end"', "\\", "\r\n", "\x00\x7f", " \n ", "{ [ ] }"]),
)
LIBRARY = read_library()
FLOWS = sorted(path for path in LIBRARY if "/" in path and not is_phrases(path))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_file_reads_back_as_what_it_was_made_of(data: st.DataObject) -> None:
    wanted = data.draw(definitions(TEXTS))
    said = data.draw(remarks(wanted))
    text = flow_file(wanted, said)
    assert tomllib.loads(text) == wanted
    assert remarks_of(text) == said


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_shared_lists_read_back(data: st.DataObject) -> None:
    lists = {"helps": data.draw(choice_lists(TEXTS)), "empty": [], "faces": data.draw(choice_lists(TEXTS))}
    first = ("helps", str(lists["helps"][0]["id"]))
    said: dict[Anchor, str] = data.draw(st.fixed_dictionaries({}, optional={(): REMARKS, first: REMARKS}))
    text = lists_file(lists, said)
    assert tomllib.loads(text) == lists
    assert remarks_of(text) == said


@pytest.mark.parametrize("path", FLOWS)
def test_a_flow_of_the_library_reads_back_from_its_layout(path: str) -> None:
    text = LIBRARY[path]
    laid_out = flow_file(tomllib.loads(text), remarks_of(text))
    assert tomllib.loads(laid_out) == tomllib.loads(text)
    assert remarks_of(laid_out) == remarks_of(text)
    assert flow_file(tomllib.loads(laid_out), remarks_of(laid_out)) == laid_out


BY_HAND = '''\
# Shown in the documentation.

goal = "Show how a file is laid out."
title = "A file"
facts = ["twin.name"]
expires = { after = "48h", keep = "partial" }

# first things first
[[steps]]
id = "ask_how"
choose = """
A long text of several paragraphs stands in the file as it will be read on a phone, so that whoever edits it sees how.

It has more than one paragraph, and it is longer than what stands on one line of a screen, {here}."""
save = "how"
values = { here = "note.written_here" }
choices = [
  { id = "well", text = "Well", next = "end" },
  # asked again
  { id = "so_so", text = "So-so", record = ["giving"] },
]
reads = "join.day"
next = "bye"

[[steps]]
id = "where_to"
decide = "join.role"
then = { twin = "bye", "safe guarding" = "bye" }

[[steps]]
id = "bye"
say = "Good bye.\\n\\nSay \\"hello\\" to {twin}."
listen = { for = "24h", save = "note", guard = true }
'''


def test_a_file_is_laid_out_as_by_hand() -> None:
    assert flow_file(tomllib.loads(BY_HAND), remarks_of(BY_HAND)) == BY_HAND


def test_the_shared_lists_of_the_library_read_back_from_their_layout() -> None:
    text = LIBRARY[f"{CHOICES_FILE}.toml"]
    laid_out = lists_file(tomllib.loads(text), remarks_of(text))
    assert tomllib.loads(laid_out) == tomllib.loads(text)
    assert remarks_of(laid_out) == remarks_of(text)


def test_shared_lists_are_laid_out_as_by_hand() -> None:
    text = '# Lists.\n\n[[moods]]\nid = "light"\ntext = "Light"\n# dark\n[[moods]]\nid = "heavy"\ntext = "Heavy"\n'
    text += '\n[[faces]]\nid = "good"\ntext = "🙂"\nno_translate = true\n'
    assert lists_file(tomllib.loads(text), remarks_of(text)) == text


def test_every_key_of_the_grammar_has_its_place_in_a_file() -> None:
    assert set(layout.HEAD) == FlowDefinition.model_fields.keys() - {"steps"}
    assert set(layout.STEP) == StepDefinition.model_fields.keys()
    assert len(set(layout.STEP)) == len(layout.STEP)


def test_what_is_said_although_it_is_the_default_stays_said() -> None:
    data = {"goal": "g", "facts": [], "one_line": False, "steps": [{"id": "a", "say": "A", "values": {}}]}
    read = tomllib.loads(flow_file(data))
    assert read == data
    assert FlowDefinition.model_validate(read).model_dump(exclude_unset=True, mode="json") == data


ABOUT: Mapping[str, Mapping[Anchor, str]] = {
    "# file\n\ngoal = 'g'\n": {(): "file"},
    "# goal\ngoal = 'g'\n": {("goal",): "goal"},
    "goal = 'g' # one\nfacts = [ # two\n  'a', # three\n]\n": {("goal",): "one", ("facts",): "two\nthree"},
    'goal = \'# none\'\nrecord = "# none \\" # none"\n': {},
    'goal = """\n# none\n"" # none """"" # one\n': {("goal",): "one"},
    'goal = """a"""" # say "one"\n': {("goal",): 'say "one"'},
    "goal = 'g'\n# last": {("goal",): "last"},
    "goal = 'g'\n[[steps]]\n# a\nid = 'x' # b\n# c\nsay = 'X'\n# d\n[[steps]] # e\nid = 'y'\n": {
        ("steps", "x"): "a\nb\nc",
        ("steps", "y"): "d\ne",
    },
    "[[steps]]\nid = 'x'\nchoices = [ # a\n  # b\n  { id = 'p' }, { id = 'q' }, # c\n  # d\n] # e\n": {
        ("steps", "x"): "a\nd\ne",
        ("steps", "x", "choices", "p"): "b",
        ("steps", "x", "choices", "q"): "c",
    },
    "[[steps]]\nid = 'x'\n# a\n[[steps.choices]]\nid = 'p' # b\n": {("steps", "x", "choices", "p"): "a\nb"},
    "[expires] # a\nafter = '1d' # b\n": {("expires",): "a\nb"},
    "[[steps]]\nsay = 'no id' # a\n": {(): "a"},
    "# head\n\n# list\n[[helps]]\nid = 'x' # a\n": {(): "head", ("helps", "x"): "list\na"},
}


@pytest.mark.parametrize("text", ABOUT)
def test_a_remark_is_about_what_it_stands_at(text: str) -> None:
    tomllib.loads(text)
    assert remarks_of(text) == ABOUT[text]
