"""Whatever a well-formed flow says, the checks, costs and drawings take it; and no walk costs more than the worst."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flows.catalogue import Catalogue, Flow
from flows.checks import check
from flows.definition import FlowDefinition
from flows.diagrams import catalogue_page, draw, mermaid
from flows.known import Known, RuleNames
from flows.paths import step_cost, ways, worst

NAMES = ("a", "b", "c", "d", "e", "f")
TARGETS = st.sampled_from((*NAMES, "end", "nowhere"))
MAYBE = st.none() | TARGETS
WORDS = st.sampled_from(("Hi.", "Hello {twin}.", "Is it {a}?", "مرحبا", "{", "{planet} & <b>"))


@st.composite
def steps(draw_: st.DrawFn, name: str) -> dict[str, object]:
    kind = draw_(st.sampled_from(("say", "ask", "choose", "decide", "do", "wait", "start")))
    step: dict[str, object] = {"id": name}
    match kind:
        case "say" | "ask" | "choose":
            step[kind] = draw_(WORDS)
        case "decide" | "do":
            step[kind] = draw_(st.sampled_from(("coin", "nothing")))
        case "wait":
            step[kind] = draw_(st.sampled_from(("1h", "90w")))
        case "start":
            step[kind] = draw_(st.sampled_from(("any_flow", "other")))
    if kind == "decide":
        step["then"] = draw_(st.dictionaries(st.sampled_from(("heads", "tails", "edge")), TARGETS, min_size=1))
    if kind in {"ask", "choose"}:
        step |= {"save": draw_(st.sampled_from(("a", "b"))), "skip": draw_(st.booleans())}
    if kind == "choose":
        ids = draw_(st.lists(st.sampled_from(("x", "y", "z")), min_size=1, unique=True))
        written = [{"id": one, "text": draw_(WORDS), "next": draw_(MAYBE)} for one in ids]
        step["choices"] = draw_(st.sampled_from((written, "sizes", {"rule": "hours"})))
    if kind == "say" and draw_(st.booleans()):
        step["listen"] = {"for": "24h", "save": "note"}
    step["next"] = draw_(MAYBE)
    return {key: value for key, value in step.items() if value is not None}


@st.composite
def flows(draw_: st.DrawFn) -> Flow:
    names = NAMES[: draw_(st.integers(min_value=1, max_value=len(NAMES)))]
    content = {
        "goal": "Be any flow.",
        "one_line": draw_(st.booleans()),
        "steps": [draw_(steps(name)) for name in names],
    }
    return Flow("any_flow", FlowDefinition.model_validate(content), {}, "gallery", {"nl": {"any_flow.a": "Dag {er}"}})


@given(flows())
def test_every_well_formed_flow_can_be_checked_measured_and_drawn(flow: Flow) -> None:
    catalogue = Catalogue({flow.id: flow}, {}, {}, flow.translations)
    problems = check(Known(catalogue, RuleNames(decisions={"coin": ("heads", "tails")}), complete=("nl",)))
    assert all(problem.where.startswith("gallery/any_flow.toml") for problem in problems)
    assert flow.id in draw(flow)
    assert mermaid(flow) in catalogue_page(catalogue)


@given(flows(), st.data())
def test_no_walk_costs_more_than_the_worst_path_when_each_step_is_counted_once(flow: Flow, data: st.DataObject) -> None:
    walked: set[str] = set()
    here: str | None = flow.first.id
    for _ in range(20):
        if here is None or here not in flow.steps:
            break
        walked.add(here)
        here = data.draw(st.sampled_from([way.to for way in ways(flow, flow.steps[here])]))
    costs = [step_cost(flow, flow.steps[step], "nl") for step in walked]
    most = worst(flow, "nl")
    assert sum(cost.messages for cost in costs) <= most.messages
    assert sum(cost.taps for cost in costs) <= most.taps
    assert sum(cost.bytes for cost in costs) <= most.bytes
