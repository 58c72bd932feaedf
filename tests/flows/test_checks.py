"""The gallery of broken flows: each file shows one mistake, and its name, up to the first dot, is the rule.

The table `gallery` of a file says where the problem stands (`at`) and what else the flow needs to be checked: shared
`lists`, `phrases`, other `flows`, `translations`, `stale` ids, `published` versions, `numbers` of the ledger.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from bot.callback_data import build_data
from flows import rules as shipped_rules
from flows.catalogue import Catalogue, Flow, load
from flows.checks import check, check_catalogue, rules
from flows.confiding import WORDS_LIMIT
from flows.definition import FlowDefinition, PhraseDefinition, shared_lists
from flows.errors import Problem
from flows.facts import FACTS
from flows.known import BUTTON_DATA_BYTES, CHOICES, SESSION_DIGITS, WORDS_CHARACTERS, Known, RuleNames
from flows.ledger import Numbers, kept, numbers_in, read, written

GALLERY = Path(__file__).parent / "gallery"
BROKEN = sorted(GALLERY.glob("*.toml"))
LIBRARY = Path(shipped_rules.__file__).parents[1] / "library"

NAMES = RuleNames(
    facts={"person.name", "twin.name", "twin.side_name"},
    effects={"note", "guess"},
    decisions={"coin": ("heads", "tails")},
    readers={"time"},
    choices={"hours"},
    values={"clock"},
    records={"check_in"},
    needs={"guess": ("twin.shoe_size",), "note": ("twin.name",)},
)
"""The rules that exist in the world of the gallery."""

Text = dict[str, str]


class Companion(BaseModel):
    """The table `gallery` of a broken flow."""

    model_config = ConfigDict(extra="forbid")

    at: list[str]
    id: str = "broken"
    lists: dict[str, list[dict[str, object]]] = {}
    phrases: Text = {}
    flows: dict[str, dict[str, object]] = {}
    translations: dict[str, Text] = {}
    stale: dict[str, list[str]] = {}
    published: dict[str, dict[str, object]] = {}
    numbers: dict[str, dict[str, tuple[str, ...]]] | None = None
    button_data: int = BUTTON_DATA_BYTES


@dataclass(frozen=True)
class Exhibit:
    rule: str
    known: Known
    places: list[str] = field(default_factory=list)


def exhibit(path: Path) -> Exhibit:
    """A broken flow with everything that it is checked against."""
    data = tomllib.loads(path.read_text())
    companion = Companion.model_validate(data.pop("gallery"))
    lists = shared_lists(companion.lists)

    def flow(name: str, content: dict[str, object]) -> Flow:
        content = {"goal": "Show one mistake.", **content}
        return Flow(name, FlowDefinition.model_validate(content), lists, "gallery", companion.translations)

    flows = {companion.id: flow(companion.id, data)}
    flows |= {name: flow(name, content) for name, content in companion.flows.items()}
    phrases = {id_: PhraseDefinition(text=text) for id_, text in companion.phrases.items()}
    numbers = companion.numbers
    known = Known(
        Catalogue(flows, phrases, lists, companion.translations),
        NAMES,
        complete=companion.translations,
        stale=companion.stale,
        published={name: flow(name, content) for name, content in companion.published.items()},
        numbers=None
        if numbers is None
        else {f"{head}.{step}": ids for head, steps in numbers.items() for step, ids in steps.items()},
        button_data=companion.button_data,
    )
    return Exhibit(path.stem.partition(".")[0], known, sorted(companion.at))


def healthy(
    *steps: str, head: str = "", translations: dict[str, Text] | None = None, numbers: Numbers | None = None
) -> list[Problem]:
    """What is wrong with a flow of these steps."""
    text = f'goal = "Show what is allowed."\n{head}\n' + "".join(f"[[steps]]\n{step}\n" for step in steps)
    return check_catalogue(load({"gallery/sound.toml": text}, translations), names=NAMES, numbers=numbers)


YES_NO = 'choices = [{ id = "yes", text = "Yes" }, { id = "no", text = "No" }]'


# -- the gallery -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_flow_breaks_the_rule_of_its_name_and_no_other(path: Path) -> None:
    shown = exhibit(path)
    problems = check(shown.known)
    assert [(problem.rule, problem.where) for problem in problems] == [(shown.rule, place) for place in shown.places]


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_an_advice_is_one_sentence_that_says_what_to_do(path: Path) -> None:
    for problem in check(exhibit(path).known):
        assert ": " in problem.advice, "what is wrong, a colon, what to do"
        assert not problem.advice.endswith("."), "the sentence is followed by its rule in brackets"
        assert "\n" not in str(problem)


def test_every_rule_has_a_broken_flow() -> None:
    assert {path.stem.partition(".")[0] for path in BROKEN} == set(rules())


def test_no_two_checks_keep_the_same_rule() -> None:
    assert len(set(rules())) == len(rules())


# -- what is allowed ---------------------------------------------------------------------------------------------------


def test_a_text_may_name_facts_values_and_answers_given_on_every_way() -> None:
    assert not healthy(
        'id = "ask_name"\nask = "Hello. What is your name?"\nsave = "called"\nguard = true',
        'id = "ask"\nchoose = "{called}, {twin} of {twin_side_name} at {hour}?"\nsave = "well"\n'
        f'values = {{ hour = "clock" }}\n{YES_NO}',
        'id = "bye"\nsay = "{person}: {well}."',
        head='facts = ["person.name", "twin.name", "twin.side_name"]',
    )


def test_an_answer_may_be_repeated_when_two_ways_give_it() -> None:
    assert not healthy(
        'id = "toss"\ndecide = "coin"\nthen = { heads = "ask_one", tails = "ask_two" }',
        'id = "ask_one"\nask = "One?"\nsave = "word"\nnext = "bye"',
        'id = "ask_two"\nask = "Two?"\nsave = "word"',
        'id = "bye"\nsay = "{word}."',
    )


def test_a_loop_with_a_question_in_it_is_allowed() -> None:
    assert not healthy(
        'id = "ask"\nask = "Which word?"\nsave = "word"',
        'id = "sure"\nchoose = "{word}?"\nsave = "sure"\n'
        'choices = [{ id = "yes", text = "Yes" }, { id = "no", text = "No", next = "ask" }]',
    )


def test_a_loop_with_a_wait_in_it_is_allowed() -> None:
    assert not healthy(
        'id = "sleep"\nwait = "2d"', 'id = "toss"\ndecide = "coin"\nthen = { heads = "sleep", tails = "end" }'
    )


def test_a_question_may_wait_without_an_end_when_nothing_is_recorded() -> None:
    assert not healthy('id = "ask"\nask = "Well?"\nsave = "well"')


def test_what_is_not_to_be_translated_is_not_missed() -> None:
    steps = (
        'id = "ask"\nchoose = "Well?"\nsave = "well"\n'
        'choices = [{ id = "good", text = "🙂", no_translate = true }, { id = "bad", text = "🙁" }]',
    )
    problems = healthy(*steps, translations={"nl": {"sound.ask": "En?"}})
    assert [(problem.rule, problem.where) for problem in problems] == [
        ("missing-translation", "gallery/sound.toml ask.bad (nl)")
    ]


def test_a_language_that_is_not_yet_complete_may_miss_texts() -> None:
    catalogue = load({"gallery/sound.toml": 'goal = "One."\n[[steps]]\nid = "hi"\nsay = "Hi."\n'}, {"fr": {}})
    assert check_catalogue(catalogue, names=NAMES, complete=()) == []
    assert [problem.rule for problem in check_catalogue(catalogue, names=NAMES)] == ["missing-translation"]


def test_a_translation_that_was_left_out_because_it_is_stale_is_not_missing_too() -> None:
    text = {"gallery/sound.toml": 'goal = "One."\n[[steps]]\nid = "hi"\nsay = "Hi."\n'}
    problems = check_catalogue(load(text, {"nl": {}}), names=NAMES, stale={"nl": ["sound.hi"]})
    assert [problem.rule for problem in problems] == ["stale-translation"]


def test_a_plural_is_not_missed_since_its_forms_are_judged_elsewhere() -> None:
    text = {"phrases.toml": '[days]\nleft = { one = "{count} day", other = "{count} days" }\nover = "Over."\n'}
    problems = check_catalogue(load(text, {"nl": {}}), names=NAMES)
    assert [problem.where for problem in problems] == ["phrases.toml days.over (nl)"]


def test_all_problems_are_listed_not_the_first_one() -> None:
    problems = healthy(
        'id = "ask"\nchoose = "{planet}?"\nsave = "well"\nchoices = "colours"',
        'id = "act"\ndo = "dance"\nnext = "nowhere"',
        'id = "lost"\nsay = "Nobody reads this."',
    )
    assert {problem.rule for problem in problems} == {
        "unknown-list",
        "unknown-placeholder",
        "unknown-rule",
        "unknown-step",
        "unreachable-step",
    }


# -- the limits, where others keep them too --------------------------------------------------------------------------


def test_the_largest_session_step_and_choice_that_pass_the_checks_fit_a_button() -> None:
    step = "a" * 32
    assert not healthy(f'id = "{step}"\nchoose = "Well?"\nsave = "well"\nchoices = {{ rule = "hours" }}')
    assert len(build_data(int("9" * SESSION_DIGITS), step, CHOICES)) <= BUTTON_DATA_BYTES


def test_the_longest_words_that_a_text_repeats_are_those_that_the_engine_keeps() -> None:
    assert WORDS_CHARACTERS == WORDS_LIMIT


# -- the ledger of numbers -------------------------------------------------------------------------------------------


def test_a_choice_added_last_keeps_every_number() -> None:
    ledger: Numbers = {"sound.ask": ("yes", "no")}
    more = 'choices = [{ id = "yes", text = "Yes" }, { id = "no", text = "No" }, { id = "later", text = "Later" }]'
    problems = healthy(f'id = "ask"\nchoose = "Well?"\nsave = "well"\n{more}', numbers=ledger)
    assert [problem.rule for problem in problems] == ["number-not-in-the-ledger"]


def test_the_ledger_keeps_the_number_of_a_choice_that_was_taken_out() -> None:
    catalogue = load(
        {"gallery/sound.toml": f'goal = "One."\n[[steps]]\nid = "ask"\nchoose = "?"\nsave = "a"\n{YES_NO}'}
    )
    after = kept({"sound.ask": ("yes", "no", "never"), "gone.ask": ("a", "b")}, catalogue)
    assert after == {"sound.ask": ("yes", "no", "never"), "gone.ask": ("a", "b")}


def test_the_ledger_reads_back_what_it_wrote() -> None:
    numbers = {"b.ask": ("yes", "no"), "a.two": ("x",), "a.one": ("y", "z")}
    assert read(written(numbers)) == numbers
    assert written(read(written(numbers))) == written(numbers)


# -- the shipped library -----------------------------------------------------------------------------------------------


def shipped() -> Catalogue:
    return load({path.relative_to(LIBRARY).as_posix(): path.read_text() for path in sorted(LIBRARY.rglob("*.toml"))})


def test_the_shipped_library_has_no_problem() -> None:
    ledger = read((LIBRARY / "numbers.toml").read_text())
    assert [str(problem) for problem in check_catalogue(shipped(), numbers=ledger)] == []


def test_the_ledger_in_the_library_is_written_as_the_ledger_writes() -> None:
    text = (LIBRARY / "numbers.toml").read_text()
    assert text == written(read(text))


def test_a_shipped_choice_that_moves_is_caught_by_the_ledger() -> None:
    catalogue = shipped()
    flow = catalogue.flows["weekly_checkin"]
    first, *others = flow.definition.steps
    assert isinstance(first.choices, tuple)
    turned = first.model_copy(update={"choices": tuple(reversed(first.choices))})
    moved = replace(flow, definition=flow.definition.model_copy(update={"steps": (turned, *others)}))
    broken = Catalogue({**catalogue.flows, flow.id: moved}, catalogue.phrases, catalogue.lists)
    problems = check_catalogue(broken, numbers=numbers_in(catalogue))
    assert {(problem.rule, problem.where) for problem in problems} == {
        ("changed-number", "exchange/weekly_checkin.toml ask_contact")
    }


def test_the_rules_that_exist_are_those_of_flows_rules() -> None:
    names = RuleNames.shipped()
    assert names.decisions["join.role"] == ("twin", "coordinator", "safeguarding")
    assert set(names.effects) == set(shipped_rules.EFFECTS)
    assert set(names.facts) == FACTS


def test_a_name_that_two_modules_give_to_their_rules_is_refused() -> None:
    assert shipped_rules.joined([{"topic.show": 1}, {"topic.hide": 2}]) == {"topic.show": 1, "topic.hide": 2}
    with pytest.raises(ValueError, match=r"topic\.show"):
        shipped_rules.joined([{"topic.show": 1}, {"topic.hide": 2, "topic.show": 3}])
