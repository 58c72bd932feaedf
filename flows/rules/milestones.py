"""Milestones: how a goal stands, told to the partner. domain.md P4.

Rules kept here:

* One short report of one twin; nobody reports for the other. It is written whatever she left open, and her partner
  reads it at once.
* Coordinators see neither its words nor its value. Whoever is stuck is offered a topic for the two, or a word with a
  coordinator, and decides herself what is told.
"""

from __future__ import annotations

from flows.effects import Begin, Effect, Keep, RecordMilestone, Say, Tell
from flows.events.pairs import MilestoneTold
from flows.goals import NUMBER, Wording, find
from flows.people import PairId, PersonId
from flows.rules import agenda, topics
from flows.rules.amounts import shown
from flows.rules.dates import in_words
from flows.rules.goals import title
from flows.rules.pausing import HOURS_NEEDS
from flows.rules.situation import DecisionRule, EffectRule, RecordRule, Rules, Situation, ValueRule
from flows.values import Listed, Text, Value

STUCK, DONE = "stuck", "done"


def _wording(situation: Situation) -> Wording:
    goal = find(situation.facts["goals.list"], situation.session.given.get(NUMBER))
    return Wording() if goal is None else goal.wording


def about(situation: Situation) -> Value:
    """Which goal is asked about, and when it is due."""
    wording = _wording(situation)
    values: dict[str, Value] = {"title": title(wording)}
    if wording.due is None:
        return Text("goal.about", values)
    return Text("goal.about_due", {**values, "day": in_words(wording.due)})


def indicator(situation: Situation) -> Value:
    """What was to show how far the two are; the goal itself where nothing was named."""
    wording = _wording(situation)
    return wording.indicator or title(wording)


def after_status(situation: Situation) -> str:
    """Whether something is in the way."""
    return "blocked" if situation.answers.get("status") in {"late", STUCK} else "free"


def after_value(situation: Situation) -> str:
    status = situation.answers.get("status")
    return status if status in {STUCK, DONE} else "told"


def record(situation: Situation) -> tuple[Effect | Keep, ...]:
    """What she told of the goal, as far as she came, and that her partner reads it; and that she was asked."""
    return (*agenda.record_planned(situation), *_told(situation))


def _told(situation: Situation) -> tuple[Effect | Keep, ...]:
    session, facts = situation.session, situation.facts
    status, number = situation.answers.get("status"), session.given.get(NUMBER, "")
    pair, twin = facts["pair.id"], facts["twin.id"]
    if status is None or not isinstance(pair, int) or not isinstance(twin, int) or str(pair) != session.given["pair"]:
        return ()
    goal, blocker, value = int(number), situation.answers.get("blocker"), situation.answers.get("value")
    own = PersonId(situation.number("person.id") or 0)
    kept = RecordMilestone(session.number, PairId(pair), goal, status, blocker, value)
    told = MilestoneTold(PairId(pair), goal, own, situation.text("person.name"), session.number, status, blocker, value)
    is_closed = situation.answers.get("reached") == "yes"  # which says more, and has been told
    return (kept,) if is_closed else (kept, Tell(PersonId(twin), told))


def help_chosen(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """A topic to talk about with her twin, or a coordinator, who hears what she agrees to tell."""
    match situation.answers.get("help"):
        case "topic":
            return (Say(topics.card(None, situation.facts, situation.now), session=situation.session.number),)
        case "coordinator":
            return (Begin("tell_coordinator", {"reason": ""}),)
        case _:
            return ()


def told_text(told: MilestoneTold, wording: Wording) -> Text:
    """What her partner reads of it."""
    lines: list[Value] = [
        Text(
            "goal.told",
            {"twin": told.author_name, "title": title(wording), "status": Text(f"goal.is_{told.status}")},
        )
    ]
    if told.blocker is not None:
        lines.append(Text("goal.told_blocker", {"blocker": Text(f"choices.goal_blockers.{told.blocker}")}))
    if told.value is not None:
        lines.append(Text("goal.told_value", {"value": shown(told.value)}))
    return Text("goal.told_whole", {"lines": Listed(tuple(lines), "\n")})


RULES = Rules(
    effects={
        "milestone.help": EffectRule(help_chosen, needs=("twin.name",)),
    },
    decisions={
        "milestone.after_status": DecisionRule(after_status, ("blocked", "free")),
        "milestone.after_value": DecisionRule(after_value, ("stuck", "done", "told")),
    },
    values={
        "milestone.about": ValueRule(about, needs=("goals.list",)),
        "milestone.indicator": ValueRule(indicator, needs=("goals.list",)),
    },
    records={
        "milestone": RecordRule(record, needs=("person.id", "person.name", "pair.id", "twin.id", *HOURS_NEEDS)),
    },
)
