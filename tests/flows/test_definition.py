"""The grammar refuses with a sentence that says what to do."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from flows.catalogue import Flow, load
from flows.definition import KINDS, FlowDefinition, duration, placeholders
from flows.errors import LibraryBroken, Problem

SOUND = 'goal = "One."\n[[steps]]\nid = "hi"\nsay = "Hi."\n'


def problems_of(files: dict[str, str]) -> list[Problem]:
    with pytest.raises(LibraryBroken) as refused:
        load(files)
    return list(refused.value.problems)


def refusal(steps: str, head: str = "") -> str:
    """The one thing said about a flow with these steps."""
    (problem,) = problems_of({"gallery/wrong.toml": f'goal = "One."\n{head}\n{steps}'})
    assert (problem.where, problem.rule) == ("gallery/wrong.toml", "grammar")
    return problem.advice


def step(content: str) -> str:
    return f"[[steps]]\n{content}\n"


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        ('id = "ask"', "needs exactly one of say, ask, choose, decide, do, wait, start; it has none of them"),
        ('id = "ask"\nsay = "A"\nask = "B"\nsave = "a"', "needs exactly one of"),
        ('id = "ask"\nsay = "A"\nask = "B"\nsave = "a"', "it has say and ask"),
        ('id = "Ask me"\nsay = "A"', "'Ask me' is no id: use a to z, digits and _, beginning with a letter"),
        ('id = "end"\nsay = "A"', "'end' is reserved; give the step another id"),
        ('id = "guard"\nsay = "A"', "'guard' is reserved; give the step another id"),
        ('id = "ask"\nask = "A"', "say with save under which name the answer is kept"),
        ('id = "ask"\nchoose = "A"\nsave = "a"', "chooses: give it choices"),
        ('id = "toss"\ndecide = "coin"', "say with then where each outcome goes"),
        ('id = "hi"\nsay = "A"\nsave = "a"', "is a say: it takes no save"),
        ('id = "go"\nstart = "other"\nskip = true\nguard = true', "is a start: it takes no guard, skip"),
        ('id = "sleep"\nwait = "soon"', "write a number and m, h, d or w, as in 48h"),
        ('id = "hi"\nsay = "A"\nlisten = { for = 24, save = "a" }', "write a number and m, h, d or w, as in 48h"),
        ('id = "hi"\nsay = "A"\ncolour = "red"', "colour: is unknown here; see docs/write-a-flow.md"),
    ],
)
def test_a_step_that_is_wrong_is_refused_with_what_to_do(content: str, advice: str) -> None:
    assert advice in refusal(step(content))


def test_a_choice_that_is_given_twice_is_refused() -> None:
    twice = 'choices = [{ id = "a", text = "A" }, { id = "a", text = "B" }]'
    assert "two choices with the same id" in refusal(step(f'id = "ask"\nchoose = "A"\nsave = "a"\n{twice}'))


def test_a_step_that_is_given_twice_is_refused() -> None:
    assert "two steps are called 'hi'; give one another id" in refusal(step('id = "hi"\nsay = "A"') * 2)


def test_a_flow_without_steps_is_refused() -> None:
    assert refusal("steps = []") == "a flow needs at least one step; write [[steps]]"


def test_a_flow_without_a_goal_is_refused() -> None:
    (problem,) = problems_of({"gallery/wrong.toml": step('id = "hi"\nsay = "A"')})
    assert problem.advice.startswith("goal: ")


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        ("choices = [{ id = 'a', text = 'A', colour = 1 }]", "steps 1 choices 1 colour: is unknown here"),
        ("choices = [{ id = 'a' }]", "steps 1 choices 1 text: is missing; write it"),
        ("choices = [{ id = 'a', text = '' }]", "steps 1 choices 1 text: is empty; write the words"),
        ("choices = ['a']", "steps 1 choices 1: has to be a table; put it into curly brackets"),
        ("choices = 3", "steps 1 choices: has to be a list; put it into [ ]"),
        ("choices = { list = 'a' }", "steps 1 choices rule: is missing; write it"),
        ("choices = 'helps'\nskip = 'sometimes'", "steps 1 skip: is true or false, without quotes"),
        ("choices = 'helps'\nreads = 3", "steps 1 reads: has to be text; put it into quotes"),
    ],
)
def test_a_slip_in_a_question_is_told_in_words_of_the_file(content: str, advice: str) -> None:
    found = problems_of(
        {"gallery/wrong.toml": f'goal = "One."\n[[steps]]\nid = "a"\nchoose = "?"\nsave = "a"\n{content}'}
    )
    assert advice in found[-1].advice


def test_an_expiry_that_is_no_duration_is_told_once() -> None:
    assert "write a number and m, h, d or w, as in 48h" in refusal(
        step('id = "hi"\nsay = "A"'), 'expires = { after = "next promt" }'
    )


def test_a_stored_version_reads_back_as_the_same_flow() -> None:
    head = 'expires = { after = "48h", late_for = "13d" }\nreminder = { after = "90m", text = "Still open." }\n'
    steps = (
        step('id = "ask"\nchoose = "?"\nsave = "a"\nchoices = "sizes"')
        + step('id = "hour"\nchoose = "?"\nsave = "h"\nchoices = { rule = "join.hours" }')
        + step('id = "sleep"\nwait = "2w"')
        + step('id = "hi"\nsay = "A"\nlisten = { for = "24h", save = "note" }')
    )
    lists = "[[sizes]]\nid = 'small'\ntext = 'Small'\n"
    flow = load({"gallery/kept.toml": f'goal = "One."\n{head}{steps}', "choices.toml": lists}).current("kept")
    again = Flow.from_data(json.loads(json.dumps(flow.to_data())))
    assert again.definition == flow.definition
    assert again.version == flow.version
    assert again.texts == flow.texts


def test_an_unknown_word_at_the_head_is_refused() -> None:
    assert "colour: is unknown here" in refusal(step('id = "hi"\nsay = "A"'), 'colour = "red"')


def test_every_broken_file_is_named_not_the_first_one() -> None:
    found = problems_of(
        {
            "gallery/sound.toml": SOUND,
            "gallery/no_toml.toml": "goal = ",
            "gallery/no_goal.toml": step('id = "hi"\nsay = "A"'),
            "other/sound.toml": SOUND,
            "choices.toml": "[[sizes]]\nid = 'small'\n",
            "phrases.toml": "[hello]\nsent = { one = 'One.' }\nloose = 1\n",
        }
    )
    assert {(problem.where, problem.rule) for problem in found} == {
        ("choices.toml", "grammar"),
        ("gallery/no_goal.toml", "grammar"),
        ("gallery/no_toml.toml", "toml"),
        ("other/sound.toml", "flow-id"),
        ("phrases.toml hello.loose", "grammar"),
        ("phrases.toml hello.sent", "grammar"),
    }


def test_a_problem_reads_as_place_sentence_and_rule() -> None:
    assert str(Problem("a/b.toml ask", "unknown-step", "name one")) == "a/b.toml ask: name one [unknown-step]"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("10m", timedelta(minutes=10)),
        ("48h", timedelta(hours=48)),
        ("13d", timedelta(days=13)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, meant: timedelta) -> None:
    assert duration(text) == meant


@pytest.mark.parametrize("text", ["", "h", "0h", "-1d", "1.5h", "1y", "1 day", "12345h", "٤٨h", None, 48])
def test_what_is_no_duration_is_refused_with_an_example(text: object) -> None:
    with pytest.raises(ValueError, match="as in 48h"):
        duration(text)


def test_the_names_in_braces_are_found_in_order() -> None:
    assert list(placeholders("{twin}, {person} and {twin}; not {Twin}, {} or { twin }")) == ["twin", "person", "twin"]


def test_the_grammar_has_seven_kinds_of_step() -> None:
    assert KINDS == ("say", "ask", "choose", "decide", "do", "wait", "start")


def test_a_definition_can_not_be_changed() -> None:
    definition = FlowDefinition.model_validate({"goal": "One.", "steps": [{"id": "hi", "say": "Hi."}]})
    with pytest.raises(ValueError, match="frozen"):
        definition.goal = "Two."
