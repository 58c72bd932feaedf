"""What coordinators read fits into a message, names no reason, and is the same on both sides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.library import packaged_catalogue
from bot.speech import packaged_languages
from flows.overview import CheckedIn, Endings, GoalSeen, Overview, PairSeen, SideWeekSeen, TwinSeen
from flows.people import PairId, PersonId
from flows.rules.cadence import QuietHours
from flows.rules.mondays import plan_digest
from flows.rules.overview import WAITING_BELOW, digest, pages, pairs_page, quiet_since
from flows.rules.situation import Situation
from flows.session import Session
from flows.standing import Spell, Standing
from tests.speaking import the_speech

MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
DAY = timedelta(days=1)
LONG = "Maria-Magdalena van der Steenhoven-Kamara"[:40]


NOBODY_S = Endings()
ENDINGS = Endings(8, dict.fromkeys(("life", "workload", "expectations", "contact", "interest", "safety", "other"), 3))


def twin(number: int, name: str = "", **more: object) -> TwinSeen:
    side = ("Freetown", "Africa/Freetown") if number % 2 == 0 else ("Utrecht", "Europe/Amsterdam")
    seen = TwinSeen(PersonId(number), name or f"Twin {number}", *side, "active", True, 0, 540)
    return replace(seen, **more)  # type: ignore[arg-type]


def stands(phase: str, number: int) -> Standing:
    return Standing(PairId(number), (Spell(phase, MONDAY - 100 * DAY),))


def pair(number: int, name: str = "", **more: object) -> PairSeen:
    two = (twin(2 * number, name), twin(2 * number + 1, name))
    seen = PairSeen(PairId(number), two, stands("exchange", number), "active", MONDAY - 100 * DAY, MONDAY - DAY)
    return replace(seen, **more)  # type: ignore[arg-type]


def programme(*pairs: PairSeen, **more: object) -> Overview:
    names = {one.id: one.name for each in pairs for one in each.twins}
    return Overview("Midwives", pairs, **{"names": names, **more})  # type: ignore[arg-type]


def page(overview: Overview, number: int, language: str = "en", endings: Endings = NOBODY_S) -> str:
    flow = packaged_catalogue().current("pairs_list")
    session = Session(1, flow.id, flow.version, MONDAY, given={"page": str(number)})
    facts = {"coordination.overview": overview, "endings.counted": endings}
    return the_speech().value(pairs_page(Situation(flow, session, facts, MONDAY)), language, "UTC")


def lines(
    overview: Overview, language: str = "en", zone: str = "Europe/Amsterdam", now: datetime = MONDAY
) -> list[str]:
    return the_speech().text(digest(overview, now, zone), language, zone).split("\n")


@pytest.mark.parametrize("language", packaged_languages().offered)
def test_every_page_of_the_largest_programme_fits_into_a_message(language: str) -> None:
    three = (GoalSeen(agreed=True, due="2026-12-10", state="open"),) * 3
    pairs = [pair(number, LONG, contact=None, goals=three) for number in range(200)]
    everybody = [one.id for each in pairs for one in each.twins]
    waiting = tuple(twin(1000 + number, LONG, side=LONG) for number in range(100))
    overview = programme(*pairs, waiting=waiting, flags=dict.fromkeys(everybody, ("help", "quiet")))
    every = pages(overview)
    assert sum(len(shown) for shown, _ in every) == 200
    assert sum(len(waits) for _, waits in every) == 100
    for number in range(1, len(every) + 1):
        assert len(page(overview, number, language, ENDINGS).encode("utf-16-le")) // 2 <= 4096
    few = programme(*pairs[:8], waiting=waiting[:WAITING_BELOW], flags=dict.fromkeys(everybody, ("help",)))
    assert len(pages(few)) == 1
    assert len(page(few, 1, language, ENDINGS).encode("utf-16-le")) // 2 <= 4096


def test_pages_are_counted_only_where_there_are_several() -> None:
    assert page(programme(pair(1)), 1).startswith("Midwives: 1 pair.\n")
    assert page(programme(*map(pair, range(9))), 1).startswith("Midwives: 9 pairs. Page 1 of 2.\n")
    assert page(programme(*map(pair, range(9))), 2, "nl").startswith("Midwives: 9 koppels. Bladzijde 2 van 2.\n")


def test_a_page_that_is_not_there_any_more_is_the_last_one() -> None:
    assert page(programme(pair(1)), 7) == page(programme(pair(1)), 1)
    assert "no pairs yet" in page(programme(), 1)


def test_a_pair_is_quiet_when_its_agreed_days_have_passed_and_never_before_two_check_ins() -> None:
    def quiet(days: int, **agreed: Any) -> bool:
        return quiet_since(pair(1, contact=MONDAY - days * DAY, **agreed), MONDAY) is not None

    assert (quiet(20), quiet(21)) == (False, True)
    assert (quiet(13, quiet_days=14), quiet(14, quiet_days=14)) == (False, True)
    assert (quiet(27, quiet_days=14, cadence="fortnightly"), quiet(28, quiet_days=14, cadence="fortnightly")) == (
        False,
        True,
    )
    assert (quiet(59, quiet_days=60, cadence="monthly"), quiet(60, quiet_days=60, cadence="monthly")) == (False, True)
    assert not quiet(90, state="proposed")
    assert not quiet(90, since=MONDAY - 3 * DAY), "contact of an earlier pair is none of this one"


def test_who_waits_out_of_reach_is_named_once() -> None:
    found = lines(programme(pair(1), waiting=(twin(9, "Mariama", reachable=False), twin(8, "Joke"))))
    assert found[2:4] == ["Can not be reached: Mariama.", "Without a twin: Joke."]


def test_who_has_stopped_is_marked_so() -> None:
    shown = page(programme(pair(1, twins=(twin(2), twin(3, "Anneke", state="stopped")))), 1)
    assert shown.endswith("⚑ Anneke has stopped")


def test_a_pair_of_which_one_pauses_is_marked_so_and_not_called_quiet() -> None:
    long_ago = MONDAY - 90 * DAY
    resting = programme(pair(1, contact=long_ago, twins=(twin(2), twin(3, "Anneke", state="paused"))))
    assert "Anneke pauses" in page(resting, 1)
    assert "quiet since" not in page(resting, 1)
    assert "All is well: nobody is quiet, nobody waits." in lines(resting)
    assert "quiet since" in page(programme(pair(1, contact=long_ago)), 1)


def test_a_digest_has_ten_lines_at_most_and_counts_what_it_does_not_name() -> None:
    pairs = [pair(number, contact=None) for number in range(40)]
    pairs += [pair(100 + number, state="proposed", standing=None) for number in range(9)]
    pairs.append(pair(200, since=MONDAY - DAY))
    kinds = ("help", "quiet", "quiet_asked")
    flags = {one.id: (kinds[number % 3],) for number, each in enumerate(pairs[:40]) for one in each.twins}
    done = replace(stands("exchange", 300), ends_at=MONDAY + 30 * DAY)
    overview = programme(
        *pairs,
        pair(300, twins=(twin(600, reachable=False), twin(601)), standing=done),
        waiting=tuple(twin(700 + number) for number in range(9)),
        flags=flags,
    )
    due = GoalSeen(agreed=True, due="2026-12-10", state="open")
    with_goals = replace(overview, pairs=(replace(overview.pairs[0], goals=(due,)), *overview.pairs[1:]))
    trouble = lines(with_goals)
    assert len(trouble) == 10, "trouble of every kind leaves no room for gladness"
    assert "Goals due within 30 days: Twin 0 & Twin 1." in trouble
    found = lines(overview)
    assert len(found) == 10
    assert any("and 35 more" in line for line in found), found
    assert found[-1].startswith("🎉 Twin 400 & Twin 401")
    assert not any("could go on" in line for line in found), "what can wait is what falls away"


def test_a_pair_that_has_done_what_its_phase_is_for_stands_in_one_line() -> None:
    done = replace(stands("exchange", 1), ends_at=MONDAY + 30 * DAY)
    found = lines(programme(pair(1, standing=done), pair(2), pair(3, state="proposed", standing=None)))
    assert found[2:] == [
        "Pairs not accepted yet: Twin 6 & Twin 7.",
        "Done with their phase, could go on (/phase): Twin 2 & Twin 3 (exchange).",
    ]


def test_a_pair_in_two_phases_shows_both() -> None:
    two = Standing(PairId(1), (Spell("exchange", MONDAY - 9 * DAY), Spell("review", MONDAY - DAY)))
    assert "Twin 2 & Twin 3 · exchange + review" in page(programme(pair(1, standing=two)), 1)


def test_a_digest_is_the_same_for_both_sides() -> None:
    overview = programme(pair(1, contact=None), pair(2), waiting=(twin(50),), flags={PersonId(2): ("help",)})
    assert lines(overview, zone="Europe/Amsterdam") == lines(overview, zone="Africa/Freetown")


def test_when_all_is_well_it_says_so_in_four_lines_at_most() -> None:
    found = lines(programme(pair(1)))
    assert found[2] == "All is well: nobody is quiet, nobody waits."
    assert len(found) <= 4


def test_nothing_of_what_a_twin_answered_is_in_it() -> None:
    rows = (CheckedIn(PersonId(2), "answered", "tried"), CheckedIn(PersonId(3), "partial", "none"))
    told = "\n".join(lines(programme(pair(1), weeks={"2026-W48": rows}, flags={PersonId(2): ("quiet",)})))
    for word in ("tried", "none", "work", "reason", "because"):
        assert word not in told.lower()


def test_who_was_to_be_asked_is_counted_also_when_nothing_is_recorded_yet() -> None:
    rows: tuple[CheckedIn, ...] = (CheckedIn(PersonId(2), "answered", "real"),)
    assert "Answered last week: 1 of 2." in lines(programme(pair(1), weeks={"2026-W48": rows}))
    rows += (CheckedIn(PersonId(3), "missed"),)
    assert "Answered last week: 1 of 2." in lines(programme(pair(1), weeks={"2026-W48": rows}))
    unsent = (CheckedIn(PersonId(2), "unsent"), CheckedIn(PersonId(3), "partial"))
    assert "Answered last week: 1 of 2." in lines(programme(pair(1), weeks={"2026-W48": unsent}))
    resting = pair(1, twins=(twin(2, state="paused"), twin(3, reachable=False)))
    assert "Nobody was to be asked last week." in lines(programme(resting))
    young = pair(1, since=MONDAY - DAY)
    assert "Nobody was to be asked last week." in lines(programme(young))


def test_a_fortnightly_pair_is_expected_every_other_week() -> None:
    every_other = pair(1, cadence="fortnightly", contact=MONDAY)
    asked = [
        "Nobody was to be asked last week." in lines(programme(every_other), now=MONDAY + n * 7 * DAY) for n in range(4)
    ]
    assert asked in ([True, False, True, False], [False, True, False, True])


def test_one_thing_is_celebrated_a_pair_that_both_tell_of_before_single_ones() -> None:
    one = {"2026-W48": (CheckedIn(PersonId(2), "answered", "real"),)}
    assert lines(programme(pair(1), weeks=one))[-1] == "🎉 1 twin told of a real exchange."
    both = {"2026-W48": (*one["2026-W48"], CheckedIn(PersonId(3), "answered", "real"))}
    assert lines(programme(pair(1), weeks=both))[-1] == "🎉 Twin 2 & Twin 3 both tell of a real exchange."


@pytest.mark.parametrize(
    ("goal", "named"),
    [
        (GoalSeen(agreed=True, due="2026-12-30", state="open"), True),
        (GoalSeen(agreed=True, due="2026-11-01", state="open"), True),
        (GoalSeen(agreed=True, due="2026-10-30", state="open"), False),
        (GoalSeen(agreed=True, due="2026-12-31", state="open"), False),
        (GoalSeen(agreed=False, due="2026-12-10", state="open"), False),
        (GoalSeen(agreed=True, due="2026-12-10", state="reached", closed_at=MONDAY - 10 * DAY), False),
        (GoalSeen(agreed=True, due=None, state="open"), False),
    ],
)
def test_a_pair_with_an_agreed_goal_that_is_due_is_named(goal: GoalSeen, named: bool) -> None:
    found = lines(programme(pair(1, goals=(goal,)), pair(2)))
    assert ("Goals due within 30 days: Twin 2 & Twin 3." in found) is named


def test_a_week_in_which_much_of_a_side_did_not_answer_stands_in_one_digest() -> None:
    week = SideWeekSeen("Freetown", "2026-W47", 9, 5, MONDAY - DAY)
    told = "5 of 9 twins of Freetown did not answer in the week of 16 November: it counts for nobody's silence."
    assert told in lines(programme(pair(1), side_weeks=(week,)))
    earlier = replace(week, decided_at=MONDAY - 7 * DAY)
    assert told not in lines(programme(pair(1), side_weeks=(earlier,)))


def test_a_goal_that_was_reached_is_celebrated_for_a_week() -> None:
    reached = GoalSeen(agreed=True, due="2027-01-10", state="reached", closed_at=MONDAY - DAY)
    given_up = replace(reached, state="given_up")
    assert lines(programme(pair(1, goals=(given_up, reached))))[-1] == "🎉 Twin 2 & Twin 3 have reached a goal."
    assert "🎉" not in "".join(lines(programme(pair(1, goals=(given_up,)))))
    assert "🎉" not in "".join(lines(programme(pair(1, goals=(reached,))), now=MONDAY + 8 * DAY))


def test_a_page_counts_open_goals_and_those_that_both_agreed_to() -> None:
    open_, agreed = GoalSeen(agreed=False, due=None, state="open"), GoalSeen(agreed=True, due=None, state="open")
    assert "2 open goals, 1 agreed" in page(programme(pair(1, goals=(open_, agreed))), 1)
    assert "goal" not in page(programme(pair(1, goals=(replace(agreed, state="reached"),))), 1)


def test_a_digest_comes_at_nine_on_monday_by_the_coordinators_own_clock() -> None:
    for zone, hour in (("Europe/Amsterdam", 8), ("Africa/Freetown", 9), ("America/New_York", 14)):
        planned = plan_digest(QuietHours.default(zone), MONDAY - 3 * DAY)
        assert (planned.due_at, planned.period) == (MONDAY.replace(hour=hour), "2026-W49")
        assert planned.valid_until == planned.due_at + DAY


def test_the_digest_of_another_day_does_not_call_it_monday() -> None:
    assert lines(programme(pair(1)))[0] == "Midwives, this Monday:"
    late = MONDAY.replace(hour=23, minute=30)
    assert lines(programme(pair(1)), now=late)[0] == "Midwives, as it stands today:", "Tuesday, where she lives"
    assert lines(programme(pair(1)), now=late, zone="Africa/Freetown")[0] == "Midwives, this Monday:"
