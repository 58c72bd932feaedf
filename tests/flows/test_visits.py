"""A visit: its last day as people write it and as the partner reads it, and the question how it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.library import packaged_catalogue
from flows.conversation import Conversation, respond
from flows.effects import RecordAsked, Say, SetTimer
from flows.events import Event
from flows.events.due import AskingFellDue, SessionExpired
from flows.events.own import CommandGiven, Tapped, Typed
from flows.events.shell import FlowStarted
from flows.people import Asked, Said
from flows.rules.agenda import Standing, asking_rule, coming
from flows.rules.visits import PLANNED, is_over
from tests.cast import ANNEKE, FATMATA, PAIRED_SINCE, facts_of
from tests.flows.phones import Phone
from tests.speaking import the_speech

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
THURSDAY = datetime(2026, 12, 3, 9, tzinfo=UTC)
"""Fatmata is asked on Thursdays at nine."""
NOW, LATER, SKIPPED = 1, 3, 4
"""What can be tapped under an offer."""


def planned(last: datetime, said_at: datetime = THURSDAY - WEEK, *asked: Asked) -> dict[str, object]:
    """Fatmata has said when the visit ends; the two are in exchange."""
    said = {PLANNED[0]: Said(None, last.date().isoformat(), said_at)}
    return facts_of(FATMATA) | {"said.latest": said, "asked.history": asked, "phase.current": ("exchange",)}


def looked_back(status: str, at: datetime) -> Asked:
    return Asked("visit_debrief", f"{at:%G-W%V}", status, at)


# -- when a visit is over ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "over"), [(-1, False), (0, False), (1, True), (4, True), (7, True), (8, False), (30, False)]
)
def test_a_visit_is_over_in_the_week_after_its_last_day(days: int, *, over: bool) -> None:
    assert is_over(planned(THURSDAY), THURSDAY + days * DAY) is over


def test_the_day_is_the_one_where_she_is() -> None:
    facts = planned(THURSDAY) | {"person.zone": "Pacific/Kiritimati"}
    assert is_over(facts, datetime(2026, 12, 3, 10, tzinfo=UTC)), "there it is Friday, fourteen hours ahead"
    assert not is_over(planned(THURSDAY), datetime(2026, 12, 3, 10, tzinfo=UTC))


@pytest.mark.parametrize("status", ["offered", "later", "skipped", "missed", "partial", "done"])
def test_who_has_looked_back_since_or_was_asked_is_not_asked_again(status: str) -> None:
    since = looked_back(status, THURSDAY + 3 * DAY)
    assert not is_over(planned(THURSDAY, THURSDAY - WEEK, since), THURSDAY + 7 * DAY)
    on_the_day = looked_back(status, THURSDAY + timedelta(hours=10))
    assert not is_over(planned(THURSDAY, THURSDAY - WEEK, on_the_day), THURSDAY + DAY)


def test_the_look_back_on_an_earlier_visit_says_nothing_of_this_one() -> None:
    assert is_over(planned(THURSDAY, THURSDAY - WEEK, looked_back("done", THURSDAY - DAY)), THURSDAY + DAY)


def test_without_a_last_day_no_visit_is_over() -> None:
    assert not is_over(facts_of(FATMATA), THURSDAY)
    forgotten = {PLANNED[0]: Said(None, None, THURSDAY - WEEK)}
    assert not is_over(facts_of(FATMATA) | {"said.latest": forgotten}, THURSDAY)


@pytest.mark.parametrize(
    ("own", "told", "muted", "over"),
    [
        (None, 0, False, True),
        (None, 0, True, False),
        (None, None, False, False),
        (30, 0, False, True),
        (0, 30, False, False),
        (30, 0, True, False),
        (0, None, False, True),
    ],
)
def test_what_either_of_the_two_named_last_holds_for_both_unless_she_wants_no_notes(
    own: int | None, told: int | None, *, muted: bool, over: bool
) -> None:
    """Days from Thursday on; her partner told after she had planned."""
    facts = facts_of(FATMATA) if own is None else planned(THURSDAY + own * DAY)
    day = None if told is None else (THURSDAY + told * DAY).date().isoformat()
    facts |= {"visit.told": Said(None, day, THURSDAY - DAY), "twin.muted": muted}
    assert is_over(facts, THURSDAY + DAY) is over


def test_a_visit_of_an_earlier_pair_is_not_asked_about() -> None:
    assert not is_over(planned(THURSDAY, PAIRED_SINCE - DAY), THURSDAY + DAY)


# -- asked by the planner ----------------------------------------------------------------------------------------------


class Asking:
    """Fatmata's asking days, one after another. The look back she answers with `taps`, then no more; of everything else
    she does what she is asked."""

    def __init__(self, facts: dict[str, object], *taps: int) -> None:
        self.facts, self.taps = facts, list(taps)
        self.conversation = Conversation()
        self.timers = {"2026-W49": THURSDAY}
        self.offered: list[tuple[str, datetime]] = []

    def takes(self, event: Event, now: datetime) -> None:
        response = respond(self.conversation, event, packaged_catalogue(), self.facts, now=now)
        self.conversation = response.conversation
        for effect in response.effects:
            match effect:
                case SetTimer(kind="asking"):
                    self.timers[effect.period] = effect.due_at
                case RecordAsked():
                    self._note(effect)
                case _:
                    pass

    def _note(self, effect: RecordAsked) -> None:
        if effect.status == "offered":
            self.offered.append((effect.item, effect.at))
        history = self.facts["asked.history"]
        assert isinstance(history, tuple)
        others = [one for one in history if (one.item, one.period) != (effect.item, effect.period)]
        status = effect.status if effect.item == "visit_debrief" else "done"
        noted = Asked(effect.item, effect.period, status, effect.at, effect.again_at)
        self.facts["asked.history"] = (*others, noted)

    def until(self, end: datetime) -> list[datetime]:
        """The moments up to `end` at which she was offered to look back on the visit."""
        while min(self.timers.values()) <= end:
            period, now = min(self.timers.items(), key=lambda one: one[1])
            del self.timers[period]
            self.takes(AskingFellDue(period, now), now)
            front = self.conversation.front
            if front is not None and front.given.get("item") == "visit_debrief" and self.taps:
                self.takes(Tapped(front.number, front.step or "", self.taps.pop(0)), now + timedelta(minutes=5))
            for left in self.conversation.sessions:
                self.takes(SessionExpired(left.number), now + timedelta(hours=1))
        return [at for item, at in self.offered if item == "visit_debrief"]


@pytest.mark.parametrize("days", range(8, 15))
def test_she_who_planned_it_is_offered_to_look_back_on_her_first_day_after_it_and_once(days: int) -> None:
    last = THURSDAY + days * DAY
    asked = Asking(planned(last)).until(last + 8 * WEEK)
    first = THURSDAY + (2 * WEEK if days < 14 else 3 * WEEK)
    assert asked == [first]
    assert DAY <= first - last <= WEEK


def test_it_is_offered_and_one_tap_puts_it_off_although_the_week_passes() -> None:
    last = THURSDAY + 8 * DAY
    asking = Asking(planned(last), LATER)
    assert asking.until(last + 8 * WEEK) == [THURSDAY + 2 * WEEK, THURSDAY + 3 * WEEK]


def test_not_this_time_is_the_end_of_it() -> None:
    last = THURSDAY + 8 * DAY
    assert len(Asking(planned(last), SKIPPED).until(last + 8 * WEEK)) == 1


def test_a_visit_that_is_moved_moves_the_question() -> None:
    first, moved = THURSDAY + 8 * DAY, THURSDAY + 30 * DAY
    asking = Asking(planned(first))
    assert asking.until(THURSDAY + WEEK) == []
    asking.facts["said.latest"] = planned(moved, THURSDAY + WEEK + DAY)["said.latest"]
    assert asking.until(moved + 8 * WEEK) == [THURSDAY + 5 * WEEK]


def test_the_next_visit_is_asked_about_again() -> None:
    last, next_one = THURSDAY + 8 * DAY, THURSDAY + 29 * DAY
    asking = Asking(planned(last), NOW)
    assert len(asking.until(THURSDAY + 3 * WEEK)) == 1
    asking.facts["said.latest"] = planned(next_one, THURSDAY + 3 * WEEK)["said.latest"]
    assert len(asking.until(next_one + 8 * WEEK)) == 2


def test_who_is_tired_of_questions_is_not_asked_this_one_either() -> None:
    left = [Asked(one, "2026-W48", "missed", THURSDAY - WEEK) for one in ("card_day", "costs")]
    assert Asking(planned(THURSDAY - DAY, THURSDAY - WEEK, *left)).until(THURSDAY) == []


def test_agenda_shows_when_it_will_come() -> None:
    facts = planned(THURSDAY + 8 * DAY)
    rule = asking_rule(facts)
    assert rule is not None
    ahead = coming(packaged_catalogue().agenda, Standing.of(facts), facts, rule, THURSDAY - timedelta(hours=1), 6)
    assert [at for at, one in ahead if one.id == "visit_debrief"] == [THURSDAY + 2 * WEEK]


# -- the last day ------------------------------------------------------------------------------------------------------


def said(phone: Phone, language: str) -> str:
    return the_speech().text(phone.said[-1].text, language, "UTC")


@pytest.mark.parametrize(
    "typed", ["3 weeks", "over 3 weken", "dans 3 semaines", "بعد ٣ أسابيع", "en 3 semanas", "insay 3 wik"]
)
def test_the_last_day_is_read_in_every_language_and_said_with_its_month(typed: str) -> None:
    phone = Phone(FATMATA)
    phone.takes(FlowStarted("visit_plan"), Typed(typed, 1))
    assert said(phone, "en").startswith("It ends on 20 Dec 2026, then;")


@pytest.mark.parametrize("passed_over", [Typed("0", 2), CommandGiven("skip")])
def test_what_is_no_day_is_asked_again_and_can_be_passed_over(passed_over: Event) -> None:
    phone = Phone(FATMATA)
    phone.takes(FlowStarted("visit_plan"), Typed("3 to 10 May", 1))
    assert "I read a date such as" in said(phone, "en")
    phone.takes(passed_over)
    assert said(phone, "en").startswith("No day yet, then.")


def test_the_partner_reads_the_last_day_in_her_own_language() -> None:
    writer, reader = Phone(FATMATA), Phone(ANNEKE)
    writer.takes(FlowStarted("visit_plan"), Typed("10 May 2027", 1), Typed("a chart", 2))
    writer.takes(Typed("a night shift", 3), Typed("a bed", 4))
    told = reader.takes(writer.last_told())
    [page] = [one for one in told if isinstance(one, Say)]
    assert "Laatste dag van het bezoek: 10 mei 2027" in the_speech().text(page.text, "nl", "UTC")
