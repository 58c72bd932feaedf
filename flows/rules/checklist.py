"""The checklist of both sides: how each stands in words, and the one change to which a low statement leads.
domain.md sections 1 and 2.

Rules kept here:

* A side is shown in a word, and only once three of its twins have answered; never who said what, never a number, never
  one side above the other. Coordinators read it, so their answers count beside those of the twins, not among the three.
* From a word nobody's answer can be read, also not by a coordinator who knows her own: most decides, never all.
* What is low stands first. One statement has one change at a time: a coordinator of one side proposes it, one of
  another side agrees or words it anew. Nobody agrees for the other side.
* Who decides reads `changes.list`, under the lock of the programme; who only looks reads `checklist.*`.
* What was agreed on is asked after when the time of the checklist has come again: planning, half-way, closing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from flows.catalogue import Flow
from flows.checklist import (
    AGREED,
    AGREEMENT,
    TO_READ,
    Change,
    ChangeRow,
    Counted,
    Statement,
    changes_in,
    find_change,
    latest_about,
)
from flows.effects import Begin, Effect, ForgetAnswers, Keep, Say, Tell, WriteChange
from flows.events.people import ChangeAgreed, ChangeProposed
from flows.people import PersonId, Role
from flows.rules.checklist_times import time_of
from flows.rules.goals import first_words
from flows.rules.overview import SEEN_NEEDS, overview_of
from flows.rules.situation import ChoicesRule, DecisionRule, EffectRule, Facts, Offer, Rules, Situation, ValueRule
from flows.values import Listed, LocalTime, Text, Value

TWINS_AT_LEAST = 3
"""Of a side, before anything of it is shown."""

LOW_CHOICES, HIGH_CHOICES = frozenset({"not_at_all", "rather_not"}), frozenset({"rather", "fully"})
LOW_SHARE = 0.5
"""A statement is low for a side when at least so many of its answers are. For this and nothing else it is called so."""

LOW, MIXED, HOLDS, FEW = "low", "mixed", "holds", "few"

WORDS_IN_LIST = 80
"""Characters of a change in the list: with ten of them it is one message still. Alone it is read whole."""

CLOSE = "close"
AT, STATEMENT, STATEMENTS, NUMBER, SHOWN = "at", "statement", "statements", "number", "shown"
"""Names of what a session is given or keeps: the change that is asked after or the statement that is read, what there
is to read, and which version of which change was shown."""

CHANGE = "change"


def statements_of(flow: Flow) -> Iterator[Statement]:
    """What a flow asks, in its order."""
    for step in flow.definition.steps:
        ids = tuple(choice.id for choice in flow.choices(step.id)) if step.kind == "choose" else ()
        if ids == AGREEMENT and step.save is not None:
            yield Statement(flow.id, step.id, step.save)


# -- how a side stands -------------------------------------------------------------------------------------------------


def standing(counted: Sequence[Counted]) -> str:
    """The word for the answers of one side to one statement."""
    twins = sum(one.people for one in counted if one.role == Role.TWIN)
    if twins < TWINS_AT_LEAST:
        return FEW
    everybody = sum(one.people for one in counted)
    if sum(one.people for one in counted if one.choice in LOW_CHOICES) >= LOW_SHARE * everybody:
        return LOW
    return HOLDS if sum(one.people for one in counted if one.choice in HIGH_CHOICES) >= everybody / 2 else MIXED


def _asked(situation: Situation) -> dict[str, tuple[str, str]]:
    """The statements of the checklist: the id of the text to (flow, save)."""
    found = {}
    for one in situation.session.given[STATEMENTS].split():
        statement, _, save = one.partition("=")
        found[statement] = (statement.partition(".")[0], save)
    return found


def _sides(facts: Facts) -> tuple[tuple[int, str], ...]:
    sides = facts["programme.sides"]
    return sides if isinstance(sides, tuple) else ()


def _stands(situation: Situation, statement: str) -> dict[str, str]:
    """How each side stands, by its name."""
    flow, save = _asked(situation)[statement]
    counted = situation.facts["checklist.answers"]
    known = [one for one in counted if isinstance(one, Counted)] if isinstance(counted, tuple) else []
    about = [one for one in known if (one.flow, one.save) == (flow, save)]
    return {name: standing([one for one in about if one.side == side]) for side, name in _sides(situation.facts)}


def _has_word(stands: Mapping[str, str]) -> bool:
    """Whether of any side more can be said than that too few have answered."""
    return any(word != FEW for word in stands.values())


def _ordered(situation: Situation) -> list[str]:
    """What is low for any side first, then what is not, each in the order in which it is asked."""
    asked = list(_asked(situation))
    return sorted(asked, key=lambda one: LOW not in _stands(situation, one).values())


# -- the page ----------------------------------------------------------------------------------------------------------


def page(situation: Situation) -> Value:
    """Every statement with how each side stands, and what was agreed on. That too few have answered stands once, for
    all the statements of which no side has a word."""
    ordered = _ordered(situation)
    lines: list[Value] = [
        Text("checklist.line", {"number": number, "about": _about(situation, statement, WORDS_IN_LIST)})
        for number, statement in enumerate(ordered, start=1)
    ]
    if not all(_has_word(_stands(situation, statement)) for statement in ordered):
        lines.append(Text("checklist.few"))
    return Text("checklist.page", {"lines": Listed(tuple(lines), "\n\n")})


def agreed_changes(facts: Facts) -> Text:
    """`/checklist` of a twin: what both sides have agreed to change, what is not told of yet first."""
    agreed = [one for one in changes_in(facts["checklist.changes"]) if one.agreed_at is not None]
    lines = tuple(
        Listed((Text(one.statement), *_of_change(facts, one, one.words or "…")), "\n")
        for one in sorted(agreed, key=lambda one: one.is_over)
    )
    return Text("checklist.twins", {"lines": Listed(lines, "\n\n")}) if lines else Text("checklist.twins_none")


def _about(situation: Situation, statement: str, length: int | None = None) -> Value:
    """A statement, how each side stands, and the change about it, in so many characters; in the list without a word
    where there is none."""
    stands = _stands(situation, statement)
    sides = tuple(
        Text("checklist.side", {"side": side, "stands": Text(f"checklist.is_{word}")}) for side, word in stands.items()
    )
    lines: list[Value] = [Text(statement)]
    if length is None or _has_word(stands):
        lines.append(Listed(sides, " · "))
    change = latest_about(situation.facts["checklist.changes"], statement)
    if change is not None:
        words = change.words or "…"
        lines += _of_change(situation.facts, change, words if length is None else first_words(words, length))
    return Listed(tuple(lines), "\n")


def _of_change(facts: Facts, change: Change, words: str) -> Iterator[Value]:
    """What is proposed or agreed on, and what each side says came of it."""
    if change.agreed_at is None:
        yield Text("checklist.proposed", {"side": _name_of(facts, change.newest[0].side), "words": words})
        return
    yield Text("checklist.agreed_on", {"day": LocalTime(change.agreed_at, "day"), "words": words})
    came = tuple(
        Text("checklist.side", {"side": name, "stands": Text(f"checklist.came_{how}")})
        for side, name in _sides(facts)
        if (how := change.came(side)) is not None
    )
    if came:
        yield Text("checklist.came", {"sides": Listed(came, " · ")})


def _name_of(facts: Facts, side: int) -> str:
    return next((name for one, name in _sides(facts) if one == side), "…")


def entries(situation: Situation) -> tuple[Offer, ...]:
    """Every statement by its number, the conversations in which she answers herself, and the end."""
    offered = [*_ordered(situation), *_flows(situation), CLOSE]
    return tuple(Offer(one, entry_label(one, situation)) for one in offered)


def _flows(situation: Situation) -> list[str]:
    return list(dict.fromkeys(flow for flow, _ in _asked(situation).values()))


def entry_label(chosen: str, situation: Situation) -> Value:
    if chosen == CLOSE:
        return Text("checklist.close")
    if chosen in _flows(situation):
        return Text("checklist.answer", {"title": Text(f"{chosen}.title")})
    ordered = _ordered(situation)
    return str(ordered.index(chosen) + 1) if chosen in ordered else "…"


def picked(situation: Situation) -> str:
    chosen = situation.answers.get("what", CLOSE)
    if chosen in _asked(situation):
        return "statement"
    return "answer" if chosen in _flows(situation) else CLOSE


def answer(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Answer herself what the twins answer."""
    return (Begin(situation.answers["what"]),)


# -- one statement -----------------------------------------------------------------------------------------------------


def look(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Remember what is to be asked after, if anything is."""
    facts = situation.facts
    since, side = time_of(overview_of(facts), situation.now), situation.number("side.id") or 0
    for one in _asked(situation):
        change = latest_about(facts["checklist.changes"], one)
        if change is None or change.agreed_at is None or since is None:
            continue
        if change.agreed_at < since and change.came(side) is None:
            return _open(situation, one)
    return (Keep({AT: ""}),)


def asked_after(situation: Situation) -> str:
    return "yes" if situation.session.given.get(AT) else "no"


def open_statement(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Remember which statement is read, and which version of its change is shown."""
    return _open(situation, situation.answers["what"])


def _open(situation: Situation, statement: str) -> tuple[Keep, ...]:
    change = latest_about(situation.facts["checklist.changes"], statement)
    shown_ = {} if change is None else {NUMBER: str(change.number), SHOWN: str(change.version)}
    return (Keep({AT: statement, NUMBER: "", SHOWN: "", **shown_}),)


def whole(situation: Situation) -> Value:
    return _about(situation, situation.session.given[AT])


def _possible(situation: Situation) -> Iterator[str]:
    change = latest_about(situation.facts["checklist.changes"], situation.session.given[AT])
    side = situation.number("side.id") or 0
    if change is None:
        yield "propose"
    elif change.standing(side) != AGREED:
        yield from ("agree",) if change.standing(side) == TO_READ else ()
        yield "reword"
    else:
        yield from ("came",) if change.came(side) is None else ()
        yield from ("propose",) if change.is_over else ()
    yield "back"


def actions(situation: Situation) -> tuple[Offer, ...]:
    """What can be done about it, as it stands for her side."""
    return tuple(Offer(one, action_label(one, situation)) for one in _possible(situation))


def action_label(chosen: str, _: Situation) -> Value:
    return Text(f"checklist.do_{chosen}")


def action(situation: Situation) -> str:
    chosen = situation.answers.get("action", "back")
    return "propose" if chosen == "reword" else chosen


# -- one change --------------------------------------------------------------------------------------------------------


def statement(situation: Situation) -> Value:
    """The statement that a change is about."""
    return Text(situation.session.given[STATEMENT])


def _about_what(situation: Situation) -> str:
    given = situation.session.given
    return given.get(STATEMENT) or given[AT]


def propose(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Ask for her words."""
    return (Begin(CHANGE, {STATEMENT: _about_what(situation)}),)


def _others(facts: Facts) -> tuple[PersonId, ...]:
    people = facts["programme.coordinators"]
    return tuple(one for one in people if one != facts["person.id"]) if isinstance(people, tuple) else ()


def send(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Put her words forward, in the place of what was proposed and not agreed on; everybody who coordinates hears."""
    facts, session = situation.facts, situation.session
    about, known = session.given[STATEMENT], facts["changes.list"]
    before = latest_about(known, about)
    if before is not None and before.agreed_at is not None and not before.is_over:
        return (Say(Text("checklist.agreed_meanwhile"), session=session.number), *_forgotten(situation))
    if before is None or before.is_over:
        number = max((one.number for one in changes_in(known)), default=0) + 1
        row = ChangeRow(number, about, 1, situation.answers["words"], situation.now, wrote=True)
    else:
        row = ChangeRow(before.number, about, before.version + 1, situation.answers["words"], situation.now, wrote=True)
    told = ChangeProposed(PersonId(situation.number("person.id") or 0), situation.text("person.name"), row.number)
    return (
        WriteChange(row),
        *_forgotten(situation),
        *(Tell(one, told) for one in _others(facts)),
        Say(Text("checklist.passed_on"), session=session.number),
    )


def _forgotten(situation: Situation) -> tuple[ForgetAnswers, ...]:
    """What was sent is in the change; it does not stay among her answers too."""
    return (ForgetAnswers(situation.session.number, ("words",)),)


def agree(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Agree for her side to the version that was shown, as long as it is the newest; every coordinator hears."""
    facts, session = situation.facts, situation.session
    side, change = situation.number("side.id") or 0, find_change(facts["changes.list"], session.given.get(NUMBER))
    if change is None:
        return (Say(Text("checklist.gone"), session=session.number),)
    if change.agreed_at is not None:
        return (Say(Text("checklist.agreed_meanwhile"), session=session.number),)
    if change.standing(side) != TO_READ or str(change.version) != session.given.get(SHOWN):
        return (Say(Text("checklist.changed_since"), session=session.number),)
    row = replace(change.newest[0].row, said_at=situation.now, wrote=False, agreed_at=situation.now)
    told = ChangeAgreed(change.number, situation.text("side.name"))
    own = PersonId(situation.number("person.id") or 0)
    return (WriteChange(row), *(Tell(one, told) for one in (own, *_others(facts))))


def keep_came(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """What came of it, as her side sees it."""
    facts, session = situation.facts, situation.session
    change = find_change(facts["changes.list"], session.given.get(NUMBER))
    if change is None or change.agreed_at is None:
        return (Say(Text("checklist.gone"), session=session.number),)
    own = change.row_of(situation.number("person.id") or 0)
    if own is None or own.version < change.version:
        own = replace(change.newest[0].row, said_at=situation.now, wrote=False)
    row = replace(own, agreed_at=change.agreed_at, came=situation.answers["came"])
    return (WriteChange(row), Say(Text("checklist.noted"), session=session.number))


_CHANGE = ("changes.list", "person.id", "person.name", "side.id", "side.name", "programme.coordinators")
"""What is read to decide on changes of the checklist for the sides."""
_CHECKLIST = ("checklist.answers", "checklist.changes", "programme.sides", "side.id")

RULES = Rules(
    effects={
        "checklist.agree": EffectRule(agree, needs=_CHANGE),
        "checklist.answer": EffectRule(answer),
        "checklist.keep_came": EffectRule(keep_came, needs=_CHANGE),
        "checklist.look": EffectRule(look, needs=("checklist.changes", "side.id", *SEEN_NEEDS)),
        "checklist.open": EffectRule(open_statement, needs=_CHECKLIST),
        "checklist.propose": EffectRule(propose),
        "checklist.send": EffectRule(send, needs=_CHANGE),
    },
    decisions={
        "checklist.action": DecisionRule(action, ("propose", "agree", "came", "back")),
        "checklist.asked_after": DecisionRule(asked_after, ("yes", "no")),
        "checklist.picked": DecisionRule(picked, ("statement", "answer", "close")),
    },
    choices={
        "checklist.actions": ChoicesRule(actions, action_label, needs=_CHECKLIST),
        "checklist.entries": ChoicesRule(entries, entry_label, needs=_CHECKLIST),
    },
    values={
        "checklist.page": ValueRule(page, needs=_CHECKLIST),
        "checklist.statement": ValueRule(statement),
        "checklist.whole": ValueRule(whole, needs=_CHECKLIST),
    },
)
