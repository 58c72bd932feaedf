"""Hypothesis builds any flow that the grammar allows, as what its file says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from flows.definition import KINDS, FlowDefinition
from flows.remarks import Anchor

Data = dict[str, Any]

IDS = st.from_regex(r"[a-z][a-z0-9_]{0,31}", fullmatch=True).filter(
    lambda id_: id_ not in {"end", "guard", "title", "reminder", "steps"}
)
DURATIONS = st.builds("{}{}{}".format, st.integers(1, 9999), st.sampled_from(["", " "]), st.sampled_from("mhdw"))
NAMES = st.one_of(
    st.sampled_from(["", "-", "yes", "a, b", 'a"b', "rule: x", "a\\b", " a ", "=b", "a\nb"]),
    st.from_regex(r"[a-z]{1,6}\.[a-z_]{1,6}", fullmatch=True),
)
"""Names of rules, facts and lists: the grammar takes any text."""

DIRECTIONS = st.lists(st.sampled_from(["giving", "receiving", "giving_back", "passing_on"]), max_size=2)
FLAGS = st.booleans()


def definitions(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Data]:
    """Flows whose texts are of `texts`."""
    return _definitions(texts.filter(bool))


@st.composite
def _definitions(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> Data:
    steps = draw(st.lists(_steps(texts), min_size=1, max_size=4, unique_by=lambda step: str(step["id"])))
    head = draw(
        st.fixed_dictionaries(
            {"goal": texts},
            optional={
                "title": texts,
                "facts": st.lists(NAMES, max_size=3),
                "given": st.lists(IDS, max_size=2),
                "record": NAMES,
                "one_line": FLAGS,
                "aside": FLAGS,
                "reminder": st.fixed_dictionaries(
                    {"after": DURATIONS, "text": texts}, optional={"at": st.just("own_hour")}
                ),
                "expires": st.fixed_dictionaries(
                    {"after": st.one_of(st.just("next_prompt"), DURATIONS)},
                    optional={"late_for": DURATIONS, "keep": st.sampled_from(["partial", "nothing"])},
                ),
            },
        )
    )
    data = {**head, "steps": steps}
    FlowDefinition.model_validate(data)
    return data


@st.composite
def choice_lists(draw: st.DrawFn, texts: st.SearchStrategy[str], *, leads: bool = True) -> list[Data]:
    """Choices; without `leads` none of them has a next of its own."""
    more: dict[str, st.SearchStrategy[Any]] = {"record": DIRECTIONS, "no_translate": FLAGS}
    if leads:
        more["next"] = IDS
    one = st.fixed_dictionaries({"id": IDS, "text": texts.filter(bool)}, optional=more)
    return draw(st.lists(one, min_size=1, max_size=4, unique_by=lambda choice: str(choice["id"])))


@st.composite
def _steps(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> Data:
    kind = draw(st.sampled_from(KINDS))
    step: Data = {"id": draw(IDS)}
    many: Mapping[str, st.SearchStrategy[Any]] = {"next": IDS}
    values = st.dictionaries(IDS, NAMES, max_size=2)
    match kind:
        case "say":
            step["say"] = draw(texts)
            listen = st.fixed_dictionaries({"for": DURATIONS, "save": IDS}, optional={"guard": FLAGS})
            many = {"next": IDS, "values": values, "listen": listen}
        case "ask":
            step |= {"ask": draw(texts), "save": draw(IDS)}
            many = {"next": IDS, "values": values, "reads": NAMES, "skip": FLAGS, "guard": FLAGS, "voice": FLAGS}
        case "choose":
            step |= {"choose": draw(texts), "save": draw(IDS)}
            takes_many = draw(FLAGS)
            choices = st.one_of(
                NAMES.filter(bool), st.fixed_dictionaries({"rule": NAMES}), choice_lists(texts, leads=not takes_many)
            )
            step["choices"] = draw(choices)
            many = {
                "next": IDS,
                "values": values,
                "reads": NAMES,
                "skip": FLAGS,
                "many": st.integers(2, 5) if takes_many and draw(FLAGS) else st.just(takes_many),
            }
        case "decide":
            step |= {"decide": draw(NAMES), "then": draw(st.dictionaries(NAMES, IDS, min_size=1, max_size=3))}
        case "wait":
            step["wait"] = draw(DURATIONS)
        case "do":
            step["do"] = draw(NAMES)
        case _:
            step["start"] = draw(IDS)
    return step | draw(st.fixed_dictionaries({}, optional=dict(many)))


_LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"], exclude_characters="_\ufffe\uffff"))
REMARKS = st.lists(_LINES.filter(bool), min_size=1, max_size=2).map("\n".join)


@st.composite
def remarks(draw: st.DrawFn, data: Data) -> dict[Anchor, str]:
    """Remarks about some of what `data` says."""
    places: list[Anchor] = [(), *((key,) for key in data if key != "steps")]
    for step in data["steps"]:
        places.append(("steps", step["id"]))
        if isinstance(step.get("choices"), list):
            places += [("steps", step["id"], "choices", choice["id"]) for choice in step["choices"]]
    return {place: draw(REMARKS) for place in draw(st.lists(st.sampled_from(places), unique=True, max_size=4))}
