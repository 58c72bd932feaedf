"""Writing a goal, changing it, and agreeing to it. domain.md P3.

Rules kept here:

* A goal is long: what was said so far is kept in the session after every answer, and a conversation that was left or
  has expired is taken up again where it stood. Only what is asked anew is asked again: a changed answer takes nothing
  of the others away.
* Either twin writes, the other one agrees to exactly what was shown or changes it; nobody answers for the other. The
  newest version waits for whoever has not agreed to it. All of it is decided under the lock of the pair.
* What was sent is in the goal; it does not stay among her answers too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from flows.effects import Begin, Effect, ForgetAnswers, Keep, Say, Tell, WriteGoal
from flows.events.pairs import GoalAgreed, GoalClosed, GoalProposed
from flows.goals import FIELDS, NUMBER, OPEN, REACHED, TO_READ, Goal, GoalRow, Wording, find
from flows.people import PersonId
from flows.rules.dates import in_words
from flows.rules.goals import gap, is_full, level, title, whole
from flows.rules.proposal import TOGETHER_NEEDS, active_pair, partner
from flows.rules.situation import ChoicesRule, DecisionRule, EffectRule, Offer, Rules, Situation, ValueRule
from flows.session import Session
from flows.values import Text, Value

KEPT, SHOWN, EARLIER, SENT = "kept", "shown", "earlier", "sent"
"""Names of what a session is given or keeps: what was said so far, which version of the goal was shown, the numbers of
the sessions in which she said before what is kept, and that what it sent was a new goal."""

WHAT, REVIEW = "what", "review"

NO_LEVEL = "level_1"
"""What a question shows that is asked without the one before it: in a trial only."""


def said(situation: Situation) -> dict[str, str]:
    """What was said so far, by field: before this session, and in it."""
    kept = known(situation.session.given.get(KEPT))
    for answered in situation.session.path:
        name = situation.flow.step(answered.step).save
        if name in FIELDS:
            value = answered.choice if answered.choice is not None else answered.words
            kept.pop(name, None)
            if value is not None:
                kept[name] = value
    return kept


def known(kept: str | None) -> dict[str, str]:
    """What a session kept, as it was written there."""
    found = json.loads(kept) if kept else {}
    return {name: str(found[name]) for name in FIELDS if name in found}


def written(said_: Mapping[str, str]) -> str:
    return json.dumps(dict(said_), ensure_ascii=False, separators=(",", ":"))


def keep(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    return (Keep({KEPT: written(said(situation))}),)


def next_question(situation: Situation) -> str:
    """The field that she wants to change, else the one behind the furthest that was answered, else the review. Of a
    goal that was sent before only what she wants to change is asked."""
    path = situation.session.path
    last = None if not path else situation.flow.step(path[-1].step).save
    if last == WHAT:
        return situation.answers[WHAT]
    if situation.session.given.get(NUMBER):
        return REVIEW if path else WHAT
    reached = {*said(situation), *(situation.flow.step(one.step).save for one in path)}
    furthest = max((place for place, name in enumerate(FIELDS) if name in reached), default=-1)
    return FIELDS[furthest + 1] if furthest + 1 < len(FIELDS) else REVIEW


def _wording(situation: Situation) -> Wording:
    return Wording(**said(situation))


# -- what the questions say --------------------------------------------------------------------------------------------


def opening(situation: Situation) -> Value:
    """What a goal is for, said once."""
    return Text("goal.opening", {"twin": situation.name("twin.name")})


def today(situation: Situation) -> Value:
    return level(said(situation).get("today", NO_LEVEL))


def gap_so_far(situation: Situation) -> Value:
    kept = said(situation)
    return gap(kept.get("today", NO_LEVEL), kept.get("wanted", NO_LEVEL))


def due(situation: Situation) -> Value:
    """The date as it was understood, with its month's name."""
    kept = said(situation).get("due")
    return "…" if kept is None else in_words(kept)


def review(situation: Situation) -> Value:
    return whole(_wording(situation), situation.name("twin.name"))


def fields(_: Situation) -> tuple[Offer, ...]:
    """What of a goal can be changed."""
    return tuple(Offer(name, Text(f"goal.field_{name}")) for name in FIELDS)


def field_label(name: str, _: Situation) -> Value:
    return Text(f"goal.field_{name}")


# -- sending and agreeing ----------------------------------------------------------------------------------------------


def room(situation: Situation) -> str:
    """Whether it can be sent: there is a twin, the goal is not closed, and not more are open than may be."""
    facts, number = situation.facts, situation.session.given.get(NUMBER)
    if active_pair(facts) is None:
        return "gone"
    goal = find(facts["together.goals"], number)
    if goal is not None and goal.state != OPEN:
        return "closed"
    return "full" if is_full(facts["together.goals"], number) else "room"


def send(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Put her wording forward as the newest version of the goal: her partner is asked."""
    facts, session = situation.facts, situation.session
    pair, goals = active_pair(facts), facts["together.goals"]
    if pair is None:
        return ()
    goal = find(goals, session.given.get(NUMBER))
    numbers = [one.number for one in goals if isinstance(one, Goal)] if isinstance(goals, tuple) else []
    number = max(numbers, default=0) + 1 if goal is None else goal.number
    row = GoalRow(number, 1 if goal is None else goal.version + 1, _wording(situation), situation.now)
    twin = situation.text("together.partner_name")
    # A tap that corrects it afterwards changes this goal, and makes no second one.
    kept = {NUMBER: str(number), **({SENT: "new"} if goal is None else {})}
    return (
        WriteGoal(pair, row),
        Keep(kept),
        *(ForgetAnswers(one, tuple(FIELDS)) for one in (session.number, *_earlier(session))),
        Tell(partner(facts), GoalProposed(pair, number)),
        Say(Text("goal.passed_on", {"twin": twin, "title": title(row.wording)}), session=session.number),
    )


def _earlier(session: Session) -> tuple[int, ...]:
    return tuple(int(one) for one in session.given.get(EARLIER, "").split())


def agree(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Agree to the version that was shown, as long as it is the newest."""
    facts, session = situation.facts, situation.session
    pair, goal = active_pair(facts), find(facts["together.goals"], session.given.get(NUMBER))
    if pair is None or goal is None or goal.theirs is None:
        return (Say(Text("goal.over"), session=session.number),)
    if goal.standing != TO_READ or str(goal.version) != session.given.get(SHOWN):
        return (Say(Text("goal.changed_since"), session=session.number),)
    row = GoalRow(goal.number, goal.version, goal.theirs.wording.mirrored(), situation.now, agreed_at=situation.now)
    own = facts["person.id"]
    return (
        WriteGoal(pair, row),
        Tell(PersonId(own if isinstance(own, int) else 0), GoalAgreed(pair, goal.number)),
        Tell(partner(facts), GoalAgreed(pair, goal.number)),
    )


def begin_change(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Change the goal as it stands now: all of it is known, and only what she wants to change is asked."""
    goal = find(situation.facts["goals.list"], situation.session.given.get(NUMBER))
    if goal is None or goal.state != OPEN:
        return (Say(Text("goal.over"), session=situation.session.number),)
    return (Begin("goal", {NUMBER: str(goal.number), KEPT: written(goal.wording.said())}),)


def offered(goal: Goal) -> dict[str, str]:
    """What the flow `goal_offer` is given at its start: neither her partner's name nor a word, which may be erased."""
    return {NUMBER: str(goal.number), SHOWN: str(goal.version)}


def offered_title(situation: Situation) -> Value:
    """The goal that is offered, by its first words."""
    goal = find(situation.facts["goals.list"], situation.session.given.get(NUMBER))
    return title(Wording() if goal is None else goal.wording)


# -- closing -----------------------------------------------------------------------------------------------------------


def close(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Close a goal for both; her partner is told."""
    facts, session, how = situation.facts, situation.session, situation.answers.get("how", REACHED)
    pair, goal = active_pair(facts), find(facts["together.goals"], session.given.get(NUMBER))
    if pair is None or goal is None or goal.state != OPEN:
        return (Say(Text("goal.over"), session=session.number),)
    values: dict[str, Value] = {
        "title": title(goal.wording),
        "twin": situation.text("together.partner_name"),
        "how": Text(f"goal.is_{how}"),
    }
    return (
        WriteGoal(pair, closed(goal, how, situation.now)),
        Tell(partner(facts), GoalClosed(pair, goal.number, how)),
        Say(Text("goal.closed", values), session=session.number),
    )


def closed(goal: Goal, how: str, now: datetime) -> GoalRow:
    """Her own row of a goal that is closed: as she sees it now."""
    row = goal.mine or GoalRow(goal.number, goal.version, goal.wording, now)
    return replace(row, state=how, closed_at=now)


_GOALS = (*TOGETHER_NEEDS, "together.goals")
"""What is read to decide on goals for the two."""

RULES = Rules(
    effects={
        "goal.keep": EffectRule(keep),
        "goal.send": EffectRule(send, needs=_GOALS),
        "goal.agree": EffectRule(agree, needs=_GOALS),
        "goal.begin_change": EffectRule(begin_change, needs=("goals.list",)),
        "goal.close": EffectRule(close, needs=_GOALS),
    },
    decisions={
        "goal.next": DecisionRule(next_question, (*FIELDS, WHAT, REVIEW)),
        "goal.room": DecisionRule(room, ("room", "full", "closed", "gone"), needs=_GOALS),
    },
    choices={
        "goal.fields": ChoicesRule(fields, field_label),
    },
    values={
        "goal.opening": ValueRule(opening, needs=("twin.name",)),
        "goal.today": ValueRule(today),
        "goal.gap": ValueRule(gap_so_far),
        "goal.due": ValueRule(due),
        "goal.offered_title": ValueRule(offered_title, needs=("goals.list",)),
        "goal.review": ValueRule(review, needs=("twin.name",)),
    },
)
