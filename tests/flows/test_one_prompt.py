"""Half a year of one twin, whatever she answers and whatever happens: what the bot asks by itself never comes twice on
a day, and beside the check-in once a week."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.library import packaged_catalogue
from flows.conversation import Conversation, respond
from flows.effects import AnswerForPair, CancelTimer, ChangePerson, Effect, RecordAsked, Say, SetTimer
from flows.events import Event
from flows.events.own import Tapped
from flows.events.pairs import TwinAsked
from flows.events.shell import PromptDelivered
from flows.goals import Goal, GoalRow, Wording
from flows.people import NAMED, Asked, PairAnswered
from flows.rules.cadence import local_time
from flows.session import Session, Status
from flows.timers import event_of
from tests.cast import ANNEKE, FATMATA, PAIRED_SINCE, facts_of, standing, stands

WEEKS = 26
ZONE = str(FATMATA.zone)
BEGINNING = datetime(2026, 11, 30, 8, tzinfo=UTC)
"""A Monday, an hour before Fatmata's check-in."""

WISHES = {
    f"agreement.{subject}": PairAnswered(choice, None, PAIRED_SINCE)
    for subject, choice in {"frequency": "weekly", "channels": "voice", "quiet": "days_21"}.items()
}
FIRST, LATER, WHOLE, NOTHING = 1, 2, 9, 0
"""How she answers: so many taps. The second choice of an offer puts it off; nine answer anything short whole."""


@dataclass(frozen=True)
class State:
    """What there could be to ask about."""

    phase: str
    is_named: bool
    proposed: bool
    is_agreed: bool
    goals: tuple[int, ...]
    """Each due so many days from the beginning."""


STATES = st.builds(
    State,
    st.sampled_from(["naming", "planning", "exchange", "review", "closing"]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(10, WEEKS * 7), max_size=3).map(tuple),
)
WAYS = st.lists(st.sampled_from([NOTHING, FIRST, LATER, WHOLE, WHOLE]), min_size=1, max_size=15)
DAYS = st.sets(st.integers(0, WEEKS * 7), max_size=25)


def facts_in(state: State, holidays: set[int]) -> dict[str, object]:
    facts = facts_of(FATMATA) | stands(
        FATMATA, standing(state.phase, contacts=3, named=2 if state.is_named else 0, agreed=state.is_agreed)
    )
    mine = {NAMED: PairAnswered(None, "Fatu", PAIRED_SINCE)} if state.is_named else {}
    goals = tuple(goal(number, days) for number, days in enumerate(state.goals, start=1))
    off = {BEGINNING.date() + timedelta(days=one) for one in holidays}
    return facts | {
        "together.mine": mine,
        "together.theirs": WISHES if state.proposed else {},
        "agreement.cadence": "weekly" if state.is_agreed else None,
        "goals.list": goals,
        "together.goals": goals,
        "world.holidays": lambda _country, day: day in off,
    }


def goal(number: int, days: int) -> Goal:
    wording = Wording(goal="a register", due=str(BEGINNING.date() + timedelta(days=days)), owner="both")
    row = GoalRow(number, 1, wording, PAIRED_SINCE, agreed_at=PAIRED_SINCE - timedelta(days=90))
    return Goal(number, row, row)


class HalfAYear:
    """Everything that reaches one twin, in the order of its moments."""

    def __init__(self, state: State, ways: list[int], holidays: set[int], asked_by_twin: set[int]) -> None:
        self.catalogue, self.facts = packaged_catalogue(), facts_in(state, holidays)
        self.conversation, self.ways, self.taps = Conversation(), ways, 0
        self.timers = {("check_in", "2026-W49"): BEGINNING + timedelta(hours=1)}
        self.timers["asking", "2026-W49"] = BEGINNING + timedelta(days=3, hours=1)
        self.from_twin = {BEGINNING + timedelta(days=one): one for one in asked_by_twin}
        self.prompts: list[tuple[datetime, str]] = []
        """Moment, and what kind of timer brought it."""
        self.items: list[str] = []
        self.put_off = 0

    def play(self) -> None:
        end = BEGINNING + timedelta(weeks=WEEKS)
        while (now := min((*self.timers.values(), *self.from_twin))) < end:
            if now in self.from_twin:
                number = self.from_twin.pop(now)
                asked = TwinAsked(ANNEKE.id, "Anneke", number, "challenge_answer", {"challenge": "nights"})
                self._asks("twin", asked, now)
                continue
            kind, period = min(self.timers, key=lambda one: self.timers[one])
            planned = self.timers.pop((kind, period))
            self._asks(kind, event_of(kind, period, planned), now)

    def _asks(self, kind: str, event: Event, now: datetime) -> None:
        before = self.conversation.sessions
        effects = self._take(event, now)
        if kind in {"expiry", "discard"} or not any(isinstance(one, Say) for one in effects):
            return
        self.prompts.append((now, "asking" if kind == "held_prompt" and self._is_asked_now(before) else kind))
        self._answers(now)

    def _is_asked_now(self, before: tuple[Session, ...]) -> bool:
        """Whether the prompt that was let in is what the planner asks."""
        held = [one for one in before if one.status is Status.HELD]
        return bool(held) and "asked_in" in held[0].given

    def _answers(self, now: datetime) -> None:
        front = self.conversation.front
        if front is None:
            return
        if self.taps % 3 == 2:  # a chat that could not be written to at once: what follows is counted from there
            now += timedelta(hours=3)
        if front.period is not None and front.sent_at is None:
            self._take(PromptDelivered(front.number, now), now)
        way = self.ways[self.taps % len(self.ways)]
        self.taps += 1
        if way == LATER and front.flow == "offer":
            self.put_off += 1
            self._take(Tapped(front.number, front.step or "", LATER), now + timedelta(minutes=5))
            return
        for _ in range(way):
            front = self.conversation.front
            if front is None or front.step is None:
                return
            self._take(Tapped(front.number, front.step, FIRST), now + timedelta(minutes=5))

    def _take(self, event: Event, now: datetime) -> list[Effect]:
        response = respond(self.conversation, event, self.catalogue, self.facts, now=now)
        self.conversation = response.conversation
        for effect in response.effects:
            self._carry_out(effect, now)
        return list(response.effects)

    def _carry_out(self, effect: Effect, now: datetime) -> None:
        match effect:
            case SetTimer(kind, period, due_at):
                self.timers[kind, period] = due_at
            case CancelTimer(kind, period):
                for key in [one for one in self.timers if one[0] == kind and period in {None, one[1]}]:
                    del self.timers[key]
            case RecordAsked(item, period, status, at, again_at):
                known = self.facts["asked.history"]
                assert isinstance(known, tuple)
                others = [one for one in known if (one.item, one.period) != (item, period)]
                self.facts["asked.history"] = (*others, Asked(item, period, status, at, again_at))
                self.items += [item] if status == "offered" else []
            case AnswerForPair(_, subject, choice, words):
                mine = self.facts["together.mine"]
                assert isinstance(mine, dict)
                self.facts["together.mine"] = mine | {subject: PairAnswered(choice, words, now)}
            case ChangePerson(changes):
                self.facts |= {f"person.{name}": value for name, value in changes.items()}

    def days(self, *kinds: str) -> list[date]:
        return [local_time(at, ZONE).date() for at, kind in self.prompts if kind in kinds]


FULL = State("naming", is_named=False, proposed=True, is_agreed=False, goals=(20, 21, 40))


@settings(max_examples=20, deadline=None)
@given(STATES, WAYS, DAYS, DAYS)
@example(FULL, [WHOLE], set(), set())
@example(replace(FULL, is_named=True), [FIRST, WHOLE, LATER], {0, 3, 10}, {3, 17})
@example(State("naming", is_named=False, proposed=False, is_agreed=False, goals=()), [LATER], {1, 122}, set())
@example(State("exchange", is_named=True, proposed=False, is_agreed=True, goals=(17, 18, 30)), [WHOLE], {3}, {10})
def test_what_is_asked_of_a_twin_never_comes_twice_on_a_day_and_beside_the_check_in_once_a_week(
    state: State, ways: list[int], holidays: set[int], asked_by_twin: set[int]
) -> None:
    half = HalfAYear(state, ways, holidays, asked_by_twin)
    half.play()
    by_itself = half.days("check_in", "reminder", "asking", "held_prompt")
    assert [day for day, times in Counter(by_itself).items() if times > 1] == [], "two prompts on one day"
    asked = half.days("asking")
    assert not set(asked) & {BEGINNING.date() + timedelta(days=one) for one in holidays}, "nothing on a holiday"
    assert not set(asked) & set(half.days("twin")), "the planner keeps off a day on which her twin asks something"
    weeks = Counter(day.isocalendar()[:2] for day in asked)
    assert sum(times - 1 for times in weeks.values()) <= half.put_off, "only what she put off comes twice in a week"
    goals = Counter(one for one in half.items if one.startswith("goal_due"))
    assert all(times == 1 for times in goals.values()), "each goal is asked about once"


def test_in_half_a_year_every_kind_of_item_with_a_condition_is_reached() -> None:
    """So that the property above is about something."""
    reached: set[str] = set()
    for state in (FULL, replace(FULL, is_named=True), replace(FULL, is_named=True, proposed=False)):
        half = HalfAYear(state, [WHOLE], set(), set())
        half.play()
        reached |= {one.partition(".")[0] for one in half.items}
    agreed = HalfAYear(replace(FULL, is_named=True, is_agreed=True), [WHOLE], set(), set())
    agreed.play()
    reached |= {one.partition(".")[0] for one in agreed.items}
    assert {"goal_due", "naming", "agreement_waits", "agreement", "phase_suggested"} <= reached
