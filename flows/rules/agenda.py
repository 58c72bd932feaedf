"""What a twin is asked beside her check-in, decided anew at every firing. domain.md sections 3 and 4.

Rules kept here:

* One thing a week at most, on a day of its own (`flows.rules.asking_days`).
* Of what is due the first of the agenda is asked. What she put off comes before it, at the moment she chose.
* Personal before project: nothing about the project in the first eight weeks of a pair.
* Shorter and rarer for somebody who is tired: after two things in a row that she left or skipped only what is short,
  and that every three weeks. Nothing for somebody who is quiet.
* What comes again and again under two names, such as the look back of the half year and that of the review, comes once:
  a recent one counts for both.
* What is asked once is asked a second time, four weeks later, when it was left without a word; never a third time.
* Whatever the bot asks by itself is an item of the agenda, also what has a date: a goal that is due, a phase that is
  done, an agreement that is open. None of it has a timer of its own.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flows.agenda import MATCH, Agenda, Due, Item, Subject, item_of, phrase_of
from flows.effects import Begin, Effect, RecordAsked, Say
from flows.people import Asked
from flows.rules import alumni, closing, goals, moving, naming, next_steps, visits
from flows.rules.asking_days import asking_at, asking_day
from flows.rules.cadence import CheckInRule, next_due, own_hour_after, period_of
from flows.rules.holidays import days_off
from flows.rules.pausing import HOURS_NEEDS, absence, any_rule, is_away
from flows.rules.quiet import quiet_of
from flows.rules.situation import ChoicesRule, EffectRule, Facts, Offer, RecordRule, Rules, Situation, ValueRule
from flows.session import Outcome
from flows.standing import STILL_COUNTS
from flows.thresholds import PACKAGED, Thresholds, thresholds_of
from flows.values import Listed, LocalTime, Text, Value

TIMES_AT_MOST = 2
"""Asked once means a second time for what was left, and no third."""

SLACK = timedelta(days=3)
"""Every four weeks is every fourth of her days, whatever moved one of them."""

LEFT = frozenset({"missed", "skipped"})
OVER = frozenset({"done", "skipped"})
"""How something ends that is asked once and needs no second time."""

Condition = Callable[[Facts, datetime], bool]

WAITED_LONG = timedelta(weeks=4)
"""After so long without a partner she hears that she is not forgotten."""


def _waits_long(facts: Facts, now: datetime) -> bool:
    since = facts["waiting.since"]
    return isinstance(since, datetime) and now - since >= WAITED_LONG


CONDITIONS: Mapping[str, Condition] = {
    "visit_over": visits.is_over,
    "next_step_due": next_steps.is_step_due,
    "try_due": next_steps.is_try_due,
    "waits_long": _waits_long,
    "talk_open": closing.is_talk_open,
    "ends_early": closing.ends_early,
    "alumna": alumni.wants_asking,
    "naming_open": naming.is_naming_open,
    "agreement_open": naming.is_agreement_open,
    "goal_missing": goals.is_missing,
}
"""What an item can wait for beside its phase, by the name that `agenda.toml` gives."""

SUBJECTS: Mapping[str, Callable[[Facts, datetime], Sequence[Subject]]] = {
    "goal_due": goals.due_soon,
    "agreement_waits": naming.waiting_proposal,
    "phase_done": moving.suggestion,
}
"""The same, where what the item is about has to be known too: everything that it could be about now."""


def asking_rule(facts: Facts) -> CheckInRule | None:
    """Her weekly day and hour for what is asked beside the check-in; `None` until she has chosen hers."""
    day, minute, zone = facts["person.check_in_day"], facts["person.check_in_minute"], facts["person.zone"]
    if not isinstance(day, int) or not isinstance(minute, int) or not isinstance(zone, str):
        return None
    return asking_day(day, minute, zone, quiet_of(facts))


# -- what is due -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """Where she stands: what she was asked, in which phases her pair is and since when. `since`: of each phase, where
    it is known; `paired_at`: when her pair was made."""

    asked: tuple[Asked, ...]
    phases: tuple[str, ...]
    since: Mapping[str, datetime]
    paired_at: datetime | None

    @classmethod
    def of(cls, facts: Facts) -> Standing:
        asked = facts["asked.history"]
        known = tuple(one for one in asked if isinstance(one, Asked)) if isinstance(asked, tuple) else ()
        if facts["twin.id"] is None:  # what she put off in a pair that is no more comes no more
            return cls(tuple(one for one in known if one.pair is None or one.status != "later"), (MATCH,), {}, None)
        paired, current, since = facts["pair.since"], facts.get("phase.current"), facts.get("phase.since")
        return cls(
            tuple(one for one in known if one.pair in {None, facts["pair.id"]}),
            current if isinstance(current, tuple) else ("naming",),
            since if isinstance(since, Mapping) else {},
            paired if isinstance(paired, datetime) else None,
        )

    def latest(self, item: str) -> Asked | None:
        return next((one for one in reversed(self.asked) if one.item == item), None)

    def is_over(self, item: Item) -> bool:
        """Whether it is asked once and she has done it."""
        last = self.latest(item.id)
        return item.every == "once" and last is not None and last.status == "done"

    def with_one_more(self, item: str, period: str, at: datetime) -> Standing:
        """As if `item` had been asked and done at `at`."""
        return Standing((*self.asked, Asked(item, period, "done", at)), self.phases, self.since, self.paired_at)

    def began(self, phase: str) -> datetime | None:
        return self.since.get(phase, self.paired_at)


def postponed(agenda: Agenda, standing: Standing, facts: Facts, now: datetime) -> Due | None:
    """What she put off until now, as long as there is what it is about."""
    last = {one.item: one for one in standing.asked}.values()
    ids = {one.item for one in last if one.status == "later" and one.again_at is not None and one.again_at <= now}
    items = {item_of(one) for one in ids}
    every = (due for item in agenda if item.id in items for due in _about(item, facts, now))
    return next((due for due in every if due.id in ids), None)


def _about(item: Item, facts: Facts, now: datetime) -> Iterator[Due]:
    """The item with each of the things that it could be about now."""
    subjects = SUBJECTS.get(item.when or "")
    yield from (Due(item),) if subjects is None else (Due(item, one) for one in subjects(facts, now))


def due_items(agenda: Agenda, standing: Standing, facts: Facts, now: datetime) -> list[Due]:
    """Everything that could be asked now, the most important first. Of somebody who is tired only what is short."""
    limits = thresholds_of(facts)
    tired = is_tired(standing, limits)
    if tired and now - standing.asked[-1].at < limits.rarely:
        return []
    asked = [one for one in agenda if one.short or not tired]
    in_time = [one for one in asked if one.every != "never" and _is_in_its_time(one, standing, now, limits)]
    return [
        due
        for item in in_time
        for due in _about(item, facts, now)
        if _is_its_turn(due, standing, now, limits) and _holds(item, facts, now)
        if not _was_done_elsewhere(item, agenda, standing, now)
    ]


def _was_done_elsewhere(item: Item, agenda: Agenda, standing: Standing, now: datetime) -> bool:
    """Whether she did the same a short while ago under another item. Of what comes again and again only: before and
    after are two."""

    def comes_again(one: Item) -> bool:
        return one.flow == item.flow and isinstance(one.every, timedelta)

    others = {one.id for one in agenda if comes_again(one)} - {item.id} if comes_again(item) else set()
    return any(one.item in others and one.status == "done" and now - one.at < STILL_COUNTS for one in standing.asked)


def _holds(item: Item, facts: Facts, now: datetime) -> bool:
    condition = CONDITIONS.get(item.when or "")
    return condition is None or condition(facts, now)


def is_tired(standing: Standing, limits: Thresholds = PACKAGED) -> bool:
    latest = standing.asked[-limits.tired_after :]
    return len(latest) == limits.tired_after and all(one.status in LEFT for one in latest)


def _is_its_turn(due: Due, standing: Standing, now: datetime, limits: Thresholds) -> bool:
    last = standing.latest(due.id)
    if last is None:
        return True
    if last.status == "later":
        return False  # it comes at the moment that she chose
    if isinstance(due.item.every, timedelta):
        return now - last.at >= due.item.every - SLACK
    is_again = now - last.at >= limits.again_after - SLACK
    return is_again and last.status not in OVER and _times(due, standing) < TIMES_AT_MOST


def _times(due: Due, standing: Standing) -> int:
    return sum(one.item == due.id for one in standing.asked)


def _is_in_its_time(item: Item, standing: Standing, now: datetime, limits: Thresholds) -> bool:
    first = limits.personal_first - SLACK
    if item.about == "project" and (standing.paired_at is None or now - standing.paired_at < first):
        return False
    for phase in item.phases:
        if phase in standing.phases:
            began = standing.began(phase)
            if not item.after or (began is not None and now - began >= item.after - SLACK):
                return True
    return False


def coming(
    agenda: Agenda, standing: Standing, facts: Facts, rule: CheckInRule, now: datetime, weeks: int
) -> Sequence[tuple[datetime, Due]]:
    """What will be asked in the next `weeks` when she answers everything and nothing else changes."""
    found: list[tuple[datetime, Due]] = []
    period, moment, known = None, now, facts
    for _ in range(weeks):
        period, moment = next_due(rule, moment, period, off=days_off(facts))
        put_off = postponed(agenda, standing, facts, moment)
        due = put_off or next(iter(due_items(agenda, standing, facts, moment)), None)
        if due is not None and not is_away(facts, moment):
            found.append((moment, due))
            standing = standing.with_one_more(due.id, period, moment)
            # What waits for a condition was asked by then, too. A copy could not say of a fact that it is to be loaded.
            facts = ChainMap({"asked.history": standing.asked}, known)  # type: ignore[arg-type]
    return found


# -- the offer ---------------------------------------------------------------------------------------------------------


def brings(situation: Situation) -> Value:
    """What the item brings her, in a line."""
    return Text(phrase_of(situation.session.given["item"]))


def how_long(situation: Situation) -> Value:
    return Text("agenda_page.minutes", count=int(situation.session.given["minutes"]))


def offered(due: Due, given: Mapping[str, str]) -> dict[str, str]:
    """What the offer of something is given at its start: with `given`, which is for the flow itself."""
    return {**given, "flow": due.item.flow, "minutes": str(due.item.minutes)}


def answered(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Do what she chose: begin it, put it off, or pass it over this time."""
    given, now = situation.session.given, situation.now
    item, period = given["item"], given["asked_in"]
    match situation.answers.get("when"):
        case "now":
            known = {name: value for name, value in given.items() if name not in {"flow", "minutes"}}
            return (RecordAsked(item, period, "begun", now), Begin(given["flow"], known))
        case "days_3":
            return _later(situation, timedelta(days=3))
        case "week_1":
            return _later(situation, timedelta(weeks=1))
        case _:
            return (RecordAsked(item, period, "skipped", now),)


def _later(situation: Situation, wait: timedelta) -> tuple[Effect, ...]:
    given, now = situation.session.given, situation.now
    rule = asking_rule(situation.facts) or any_rule(situation.facts)
    again = own_hour_after(rule, now, wait - timedelta(hours=12), days_off(situation.facts))
    return (
        RecordAsked(given["item"], given["asked_in"], "later", now, again),
        asking_at(rule, period_of(rule, again), again),
    )


# -- what is left behind -----------------------------------------------------------------------------------------------


def record_offer(situation: Situation) -> tuple[Effect, ...]:
    """An offer that she left unanswered."""
    given = situation.session.given
    if situation.session.outcome is Outcome.COMPLETED or situation.session.path:
        return ()
    return (RecordAsked(given["item"], given["asked_in"], "missed", situation.now),)


def record(situation: Situation) -> tuple[RecordAsked, ...]:
    """A flow of the agenda has ended, whoever began it: done, in part, or left."""
    session = situation.session
    item = session.given.get("item", situation.flow.id)
    period = session.given.get("asked_in") or session.period
    if period is None:
        rule = asking_rule(situation.facts) or any_rule(situation.facts)
        period = period_of(rule, situation.now)
    if session.outcome is Outcome.COMPLETED:
        status = "done"
    elif session.path:
        status = "partial"
    else:
        status = "missed"
    return (RecordAsked(item, period, status, situation.now),)


def record_planned(situation: Situation) -> tuple[RecordAsked, ...]:
    """The same of a flow that others cause too: only where the planner asked it."""
    return record(situation) if "item" in situation.session.given else ()


def record_talk(situation: Situation) -> tuple[RecordAsked, ...]:
    """The same of the closing talk; but it is done when the talk was held, not when she has answered."""
    if situation.answers.get("talk") == "held":
        return record(situation)
    return tuple(replace(one, status="partial") if one.status == "done" else one for one in record(situation))


def record_early_end(situation: Situation) -> tuple[RecordAsked, ...]:
    """The same of why it ends early, as long as the two are a pair: nobody is asked twice for one. Who was asked when
    it had ended may be asked again of another one."""
    return () if situation.facts["twin.id"] is None else record(situation)


# -- begun by herself --------------------------------------------------------------------------------------------------

CLOSE = "close"


def _flows(situation: Situation) -> dict[str, str]:
    """What she can begin: item to flow."""
    return dict(one.split("=", 1) for one in situation.session.given["flows"].split())


def page(situation: Situation) -> Value:
    """What comes in the next weeks, a line each."""
    lines: list[Value] = [*absence(situation.facts)]
    for one in situation.session.given["coming"].split():
        at, item = one.split("=", 1)
        day = LocalTime(datetime.fromisoformat(at), "day")
        lines.append(Text("agenda_page.line", {"day": day, "what": Text(phrase_of(item))}))
    return Listed(tuple(lines), "\n") if lines else Text("agenda_page.nothing")


def doable(situation: Situation) -> tuple[Offer, ...]:
    """What she can begin herself, and closing the page."""
    return tuple(Offer(one, doable_label(one, situation)) for one in (*_flows(situation), CLOSE))


def doable_label(choice: str, situation: Situation) -> Value:
    flow = _flows(situation).get(choice)
    return Text("agenda_page.close") if flow is None else Text(f"{flow}.title")


def begin(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Begin what she chose on the page."""
    chosen = situation.answers.get("what", CLOSE)
    flow = _flows(situation).get(chosen)
    if flow is None:
        return (Say(Text("agenda_page.closed"), session=situation.session.number),)
    return (Begin(flow, {"item": chosen}),)


RULES = Rules(
    effects={
        "agenda.answered": EffectRule(answered, needs=HOURS_NEEDS),
        "agenda.begin": EffectRule(begin),
    },
    choices={
        "agenda.doable": ChoicesRule(doable, doable_label),
    },
    values={
        "agenda.brings": ValueRule(brings),
        "agenda.how_long": ValueRule(how_long),
        "agenda.page": ValueRule(page, needs=("person.away_from", "person.away_until")),
    },
    records={
        "asked": RecordRule(record, needs=HOURS_NEEDS),
        "closing_talk": RecordRule(record_talk, needs=HOURS_NEEDS),
        "early_end": RecordRule(record_early_end, needs=("twin.id", *HOURS_NEEDS)),
        "offer": RecordRule(record_offer),
        "planned": RecordRule(record_planned, needs=HOURS_NEEDS),
    },
)
