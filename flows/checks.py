"""The checks of flows. They run in CI, at start and before a publication; one problem is enough to stop it.

Rules kept here:

* Each check is one function that takes one flow and yields where and what to do, in one sentence of advice. Its name,
  with dashes, is the rule; a broken flow of that name stands in `tests/flows/gallery`.
* One fault is one problem: what is missing is reported by the check for missing names, and counts elsewhere as an end.
* A check never runs a rule and never raises, whatever a well-formed file says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import timedelta

from flows.catalogue import Catalogue, Flow
from flows.definition import END, GUARD, ID, ChoicesByRule, FlowDefinition
from flows.errors import Problem
from flows.known import (
    CHOICES,
    HIGHEST,
    LINE_CHOICES,
    SESSION_DIGITS,
    STEP_BYTES,
    Budget,
    Finding,
    Known,
    RuleNames,
    at,
    named,
)
from flows.ledger import Numbers, numbers_of
from flows.paths import SOURCE_LANGUAGE, ends_after, reachable, reached_from, step_bytes, ways, worst
from flows.wording import WORDING_CHECKS, wordings

LONGEST_WAIT = timedelta(days=366)
"""Nobody remembers a conversation for longer than a year; what comes later is a flow of its own."""

_INPUT = frozenset({"ask", "choose"})
_PAUSING = frozenset({"ask", "choose", "wait"})

FlowCheck = Callable[[Flow, Known], Iterator[Finding]]


def check_catalogue(
    catalogue: Catalogue,
    *,
    stale: Mapping[str, Collection[str]] | None = None,
    published: Mapping[str, Flow] | None = None,
    numbers: Numbers | None = None,
    complete: Collection[str] | None = None,
    names: RuleNames | None = None,
    budgets: Mapping[str, Budget] | None = None,
) -> list[Problem]:
    """Every problem of the catalogue, in order of place.

    `stale` are the text ids whose translation is older than their source, by language; `published` the versions that
    hold now, by flow id; `numbers` the ledger of permanent numbers; `complete` the languages in which every text has
    to be there (all that the catalogue has, unless said); `names` the rules that exist (those of `flows.rules`).
    """
    languages = catalogue.translations.keys() - {SOURCE_LANGUAGE} if complete is None else complete
    return check(
        Known(
            catalogue,
            names or RuleNames.shipped(),
            complete=languages,
            stale=stale or {},
            published=published or {},
            numbers=numbers,
            budgets=budgets or {},
        )
    )


def check(known: Known) -> list[Problem]:
    """Every problem of `known.catalogue`, in order of place."""
    return check_some(known, known.catalogue.flows.keys() | known.catalogue.phrases.keys())


def check_some(known: Known, ids: Collection[str]) -> list[Problem]:
    """Every problem of the flows and phrases with these `ids`, in order of place."""
    found: set[Problem] = set()
    for check_flow in FLOW_CHECKS:
        for flow in known.catalogue.flows.values():
            if flow.id in ids:
                found |= _problems(check_flow.__name__, check_flow(flow, known))
    for wording in wordings(known, ids):
        for check_text in WORDING_CHECKS:
            found |= _problems(check_text.__name__, check_text(wording, known))
    return sorted(found)


def rules() -> tuple[str, ...]:
    """Every rule there is: the names of the checks, with dashes."""
    return tuple(_rule(one.__name__) for one in (*FLOW_CHECKS, *WORDING_CHECKS))


def _problems(name: str, findings: Iterator[Finding]) -> set[Problem]:
    return {Problem(where, _rule(name), advice) for where, advice in findings}


def _rule(name: str) -> str:
    return name.replace("_", "-")


# -- names -----------------------------------------------------------------------------------------------------------


def reserved_id(flow: Flow, known: Known) -> Iterator[Finding]:
    if not ID.match(flow.id):
        yield at(flow), f"'{flow.id}' is no id: name the file with a to z, digits and _, 32 characters at most"
    for step in flow.definition.steps:
        if step.id in {"reminder", "title"} and step.text is not None:
            yield at(flow, step.id), f"the text of the {step.id} has this id: give the step another one"
        for text in (f"{flow.id}.{step.id}", *(choice.text for choice in flow.choices(step.id))):
            if text in known.catalogue.phrases:
                yield at(flow, step.id), f"a phrase has the id {text} already: give the step another one"
        if step.save in {END, GUARD}:
            yield at(flow, step.id), f"'{step.save}' is reserved: keep the answer under another name"


def unknown_step(flow: Flow, known: Known) -> Iterator[Finding]:  # noqa: ARG001 - all checks have one shape
    for step in flow.definition.steps:
        # A shared list can name steps too, so the ways are asked, not the file.
        for target in dict.fromkeys((step.next, *(way.to for way in ways(flow, step)))):
            if target not in {None, END} and target not in flow.steps:
                yield at(flow, step.id), f"there is no step '{target}': name one of this flow, or {END}"


def unknown_flow(flow: Flow, known: Known) -> Iterator[Finding]:
    for step in flow.definition.steps:
        if step.start is not None and step.start not in known.catalogue.flows:
            yield at(flow, step.id), f"there is no flow '{step.start}': start one of {named(known.catalogue.flows)}"


def unknown_list(flow: Flow, known: Known) -> Iterator[Finding]:  # noqa: ARG001
    for step in flow.definition.steps:
        if isinstance(step.choices, str) and not flow.lists.get(step.choices):
            yield (
                at(flow, step.id),
                f"there is no list '{step.choices}' with choices in choices.toml: use one of {named(flow.lists)}",
            )


def unknown_rule(flow: Flow, known: Known) -> Iterator[Finding]:
    names = known.names
    for where, kind, name in _rules_called(flow):
        table: Collection[str] = {
            "effect": names.effects,
            "decision": names.decisions,
            "reader": names.readers,
            "choices": names.choices,
            "value": names.values,
            "record": names.records,
        }[kind]
        if name not in table:
            yield where, f"there is no {kind} rule '{name}' in flows/rules: write it there, or use {named(table)}"


def _rules_called(flow: Flow) -> Iterator[tuple[str, str, str]]:
    """Where, kind and name of every rule that the flow names."""
    if flow.definition.record is not None:
        yield at(flow, "record"), "record", flow.definition.record
    for step in flow.definition.steps:
        where = at(flow, step.id)
        if step.do is not None:
            yield where, "effect", step.do
        if step.decide is not None:
            yield where, "decision", step.decide
        if step.reads is not None:
            yield where, "reader", step.reads
        if isinstance(step.choices, ChoicesByRule):
            yield where, "choices", step.choices.rule
        for value in step.values.values():
            yield where, "value", value


def unknown_fact(flow: Flow, known: Known) -> Iterator[Finding]:
    for fact in flow.definition.facts:
        if fact not in known.names.facts:
            yield at(flow, "facts"), f"there is no fact '{fact}': use one of {named(known.names.facts)}"
    for where, _, name in _rules_called(flow):
        for fact in known.names.needs.get(name, ()):
            if fact not in known.names.facts:
                yield where, f"the rule {name} needs '{fact}', which is no fact: add its loader, or mend the rule"


def uncovered_outcome(flow: Flow, known: Known) -> Iterator[Finding]:
    for step in flow.definition.steps:
        outcomes = known.names.decisions.get(step.decide or "")
        if outcomes is None:
            continue
        for outcome in outcomes:
            if outcome not in step.then:
                yield at(flow, step.id), f"{step.decide} can say '{outcome}': write into then where that goes"
        for outcome in step.then:
            if outcome not in outcomes:
                yield at(flow, step.id), f"{step.decide} never says '{outcome}': take it out of then"


# -- ways ------------------------------------------------------------------------------------------------------------


def unreachable_step(flow: Flow, known: Known) -> Iterator[Finding]:  # noqa: ARG001
    reached = reachable(flow)
    for step in flow.definition.steps:
        if step.id not in reached:
            yield at(flow, step.id), "no way leads here: name it as the next of another step, or take it out"


def no_way_to_an_end(flow: Flow, known: Known) -> Iterator[Finding]:  # noqa: ARG001
    for step in flow.definition.steps:
        after = reached_from(flow, step.id) | {step.id}
        if step.id in reachable(flow) and not any(ends_after(flow, one) for one in after):
            yield at(flow, step.id), f"from here nobody gets to an end: lead one way on, or write next = '{END}'"


def loop_without_input(flow: Flow, known: Known) -> Iterator[Finding]:
    pausing = {step.id for step in flow.definition.steps if step.kind in _PAUSING}
    in_loop = [
        step.id
        for step in flow.definition.steps
        if step.id not in pausing and step.id in reached_from(flow, step.id, without=pausing)
    ]
    if in_loop:
        yield at(flow, in_loop[0]), f"{', '.join(in_loop)} run in a circle: let a question or a wait stand in between"
    for step in flow.definition.steps:
        begun = step.start
        if begun is not None and begun in _begun_at_once(flow, known) and flow.id in _begun_by(begun, known):
            yield at(flow, step.id), f"{begun} begins {flow.id} again: let a question or a wait stand in between"


def _begun_at_once(flow: Flow, known: Known) -> frozenset[str]:
    """The flows that `flow` starts before it asks anything."""
    pausing = {step.id for step in flow.definition.steps if step.kind in _PAUSING}
    if flow.first.id in pausing:
        return frozenset()
    silent = (reached_from(flow, flow.first.id, without=pausing) | {flow.first.id}) - pausing
    starts = (flow.steps[step].start for step in silent)
    return frozenset(start for start in starts if start is not None and start in known.catalogue.flows)


def _begun_by(flow: str, known: Known) -> set[str]:
    """All flows that follow when `flow` begins, before anything is asked."""
    found: set[str] = set()
    new = {flow}
    while new:
        found |= new
        new = {begun for one in new for begun in _begun_at_once(known.catalogue.flows[one], known)} - found
    return found


def next_never_followed(flow: Flow, known: Known) -> Iterator[Finding]:  # noqa: ARG001
    for step in flow.definition.steps:
        if step.next is None:
            continue
        if step.kind == "decide":
            yield at(flow, step.id), "a decision goes where then says: take next out"
        elif step.listen is not None:
            yield at(flow, step.id), "the flow ends where it begins to listen: take next out"
        elif not step.skip and (own := flow.choices(step.id)) and all(choice.next is not None for choice in own):
            yield at(flow, step.id), "every choice has a next of its own: take that of the step out"


# -- time ------------------------------------------------------------------------------------------------------------


def wait_without_a_timer(flow: Flow, known: Known) -> Iterator[Finding]:  # noqa: ARG001
    definition = flow.definition
    asks = any(step.kind in _INPUT for step in definition.steps)
    if definition.record is not None and asks and definition.expires is None:
        yield at(flow, "record"), "it records, but an unanswered session never expires: write expires"
    if definition.reminder is not None and definition.expires is None:
        yield at(flow, "reminder"), "it reminds, but an unanswered session never expires: write expires"


def wait_over_a_year(flow: Flow, known: Known) -> Iterator[Finding]:  # noqa: ARG001
    for place, duration in _durations(flow.definition):
        if duration > LONGEST_WAIT:
            yield at(flow, place), f"{duration.days} days are more than a year: wait less, or make it two flows"


def _durations(definition: FlowDefinition) -> Iterator[tuple[str, timedelta]]:
    if definition.reminder is not None:
        yield "reminder", definition.reminder.after
    if definition.expires is not None:
        yield "expires", definition.expires.late_for
        if isinstance(definition.expires.after, timedelta):
            yield "expires", definition.expires.after
    for step in definition.steps:
        if step.wait is not None:
            yield step.id, step.wait
        if step.listen is not None:
            yield step.id, step.listen.for_


def reminder_never_due(flow: Flow, known: Known) -> Iterator[Finding]:  # noqa: ARG001
    reminder, expires = flow.definition.reminder, flow.definition.expires
    if reminder is None or expires is None or not isinstance(expires.after, timedelta):
        return
    if reminder.after >= expires.after:
        yield at(flow, "reminder"), "the session expires before the reminder is due: remind earlier, or expire later"


# -- numbers and buttons -----------------------------------------------------------------------------------------------


def changed_number(flow: Flow, known: Known) -> Iterator[Finding]:
    now = numbers_of(flow)
    earlier: list[Numbers] = [known.numbers] if known.numbers is not None else []
    if flow.id in known.published:
        earlier.append(numbers_of(known.published[flow.id]))
    for place, ids in now.items():
        for before in earlier:
            for number, was in enumerate(before.get(place, ()), start=1):
                if was in ids and ids.index(was) + 1 != number:
                    moved = f"it is {ids.index(was) + 1} now: put it back, new choices go last"
                    yield _of_choices(flow, place), f"the number of '{was}' is {number} for ever, {moved}"
                elif was not in ids and number <= len(ids):
                    taken = ids[number - 1]
                    if taken not in before[place]:
                        again = f"'{taken}' can not have it: put '{was}' back, or give the step a new id"
                        yield _of_choices(flow, place), f"the number {number} means '{was}' for ever, {again}"


def number_not_in_the_ledger(flow: Flow, known: Known) -> Iterator[Finding]:
    if known.numbers is None:
        return
    for place, ids in numbers_of(flow).items():
        before = known.numbers.get(place, ())
        # One that has taken the number of another is the fault of the check above.
        new = [one for one in ids[len(before) :] if one not in before]
        if new:
            advice = "run twinbot flows check --keep-numbers and commit flows/library/numbers.toml"
            yield _of_choices(flow, place), f"the numbers of {', '.join(new)} are not written down yet: {advice}"


def _of_choices(flow: Flow, place: str) -> str:
    head, _, tail = place.partition(".")
    return at(flow, tail) if head == flow.id else f"{head}.toml {tail}"


def too_many_choices(flow: Flow, known: Known) -> Iterator[Finding]:  # noqa: ARG001
    for step in flow.definition.steps:
        count = len(flow.choices(step.id))
        if count > CHOICES:
            yield at(flow, step.id), f"{count} choices are more than {CHOICES}: ask in two steps"
        elif flow.definition.one_line and count > LINE_CHOICES:
            yield at(flow, step.id), f"a line of digits can name {LINE_CHOICES} choices: take some out, or one_line"


def line_that_stops(flow: Flow, known: Known) -> Iterator[Finding]:  # noqa: ARG001
    if not flow.definition.one_line:
        return
    for step in flow.definition.steps:
        if step.id in reachable(flow) and (step.many or step.kind in {"ask", "wait"}):
            yield (
                at(flow, step.id),
                "a line of digits can not pass here: offer one choice of many, or take one_line out",
            )


def button_data_too_long(flow: Flow, known: Known) -> Iterator[Finding]:
    for step in flow.definition.steps:
        if step.kind == "choose" or step.skip:
            number = len(flow.choices(step.id)) or HIGHEST
            data = f"{'9' * SESSION_DIGITS}.{step.id}.{number}"
            if len(data.encode()) > known.button_data:
                over = len(data.encode()) - known.button_data
                yield at(flow, step.id), f"its buttons carry {over} bytes too many: shorten the id of the step"


# -- cost ------------------------------------------------------------------------------------------------------------


def too_many_messages(flow: Flow, known: Known) -> Iterator[Finding]:
    cost, most = worst(flow, SOURCE_LANGUAGE), known.budget(flow).messages
    if cost.messages > most:
        yield at(flow), f"{cost.messages} messages on {_path(cost.path)}, {most} allowed: say less, or split the flow"


def too_many_taps(flow: Flow, known: Known) -> Iterator[Finding]:
    cost, most = worst(flow, SOURCE_LANGUAGE), known.budget(flow).taps
    if cost.taps > most:
        yield at(flow), f"{cost.taps} answers on {_path(cost.path)}, {most} allowed: ask less, or split the flow"


def too_many_bytes(flow: Flow, known: Known) -> Iterator[Finding]:
    for language in (SOURCE_LANGUAGE, *known.languages(flow)):
        cost, most = worst(flow, language), known.budget(flow).bytes
        if cost.bytes > most:
            yield at(flow, f"({language})"), f"{cost.bytes:,} bytes on its worst path, {most:,} allowed: shorten texts"


def step_too_heavy(flow: Flow, known: Known) -> Iterator[Finding]:
    for step in flow.definition.steps:
        for language in (SOURCE_LANGUAGE, *known.languages(flow)):
            found = step_bytes(flow, step, language)
            if found > STEP_BYTES:
                yield at(flow, f"{step.id} ({language})"), f"{found:,} bytes, {STEP_BYTES:,} allowed: shorten the text"


def _path(path: tuple[str, ...]) -> str:
    return " > ".join(path)


FLOW_CHECKS: tuple[FlowCheck, ...] = (
    reserved_id,
    unknown_step,
    unknown_flow,
    unknown_list,
    unknown_rule,
    unknown_fact,
    uncovered_outcome,
    unreachable_step,
    no_way_to_an_end,
    loop_without_input,
    next_never_followed,
    wait_without_a_timer,
    wait_over_a_year,
    reminder_never_due,
    changed_number,
    number_not_in_the_ledger,
    too_many_choices,
    line_that_stops,
    button_data_too_long,
    too_many_messages,
    too_many_taps,
    too_many_bytes,
    step_too_heavy,
)
