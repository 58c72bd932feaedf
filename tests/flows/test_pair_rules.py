"""Rules of pairs as tables: who is meant, what two answers make, what may be agreed to, what an end tells whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.library import packaged_catalogue
from flows.effects import AnswerForPair, Begin, ChangePair, Effect, Keep, Say, Tell
from flows.events.pairs import AgreementMade, AgreementProposed, NamingShared, PairEnded, PairMade, PairNews
from flows.events.people import HelpAsked
from flows.people import PairAnswered, PersonId, PersonState, Unpaired
from flows.rules import ending, naming, pairing, proposal
from flows.rules.cadence import Every
from flows.rules.situation import NotUnderstood, OneOf, Reading, Situation, Understood
from flows.session import Answered, Session
from flows.values import Text
from tests.cast import ANNEKE, FATMATA, ISATU, MARIEKE, PAIR, SINCE, candidates, facts_of, standing

NOW = SINCE + timedelta(days=1)


def situation(flow: str, given: dict[str, str], answers: dict[str, str] | None = None, **facts: object) -> Situation:
    """Fatmata in `flow`; `answers` by step, `facts` with `__` for the dot."""
    path = tuple(Answered(step, choice) for step, choice in (answers or {}).items())
    session = Session(1, flow, "v", NOW, path=path, given=given)
    known = facts_of(FATMATA) | {name.replace("__", "."): value for name, value in facts.items()}
    return Situation(packaged_catalogue().current(flow), session, known, NOW)


def said(**answers: str) -> dict[str, PairAnswered]:
    return {subject.replace("__", "."): PairAnswered(choice, None, SINCE) for subject, choice in answers.items()}


def told(effects: tuple[Effect | Begin | Keep, ...]) -> list[tuple[int, str]]:
    return [(one.person, type(one.event).__name__) for one in effects if isinstance(one, Tell)]


def texts(effects: tuple[Effect | Begin | Keep, ...]) -> list[str]:
    return [one.text.id for one in effects if isinstance(one, Say)]


TWINS = candidates("Fatmata, Fatu, Fátima Zahra, Mariama, Ann Marie, Jo, Joke/Utrecht")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Fatmata", ["Fatmata"]),
        ("  fatmata ", ["Fatmata"]),
        ("fat", ["Fatmata", "Fatu", "Fátima Zahra"]),
        ("fati", ["Fátima Zahra"]),
        ("zahra", ["Fátima Zahra"]),
        ("Marie", ["Ann Marie"]),
        ("ria", ["Mariama"]),
        ("jo", ["Jo"]),
        ("Fatmatta", ["Fatmata"]),
        ("Fatmtaa", ["Fatmata"]),
        ("m", ["Mariama"]),
        ("Joke", []),
        ("22", []),
        ("?", []),
        ("", []),
    ],
)
def test_a_twin_is_found_by_any_part_of_her_name_and_the_closest_likeness_wins(typed: str, meant: list[str]) -> None:
    facts = facts_of(ISATU) | {"candidates.twins": TWINS}
    here = Situation(packaged_catalogue().current("pairing"), Session(1, "pairing", "v", NOW), facts, NOW)
    ids = {str(one.id): one.name for one in TWINS}
    found: Reading = pairing.read_near(typed, here)
    match found:
        case Understood(value):
            assert [ids[value]] == meant
        case OneOf(values):
            assert sorted(ids[value] for value in values) == sorted(meant)
        case NotUnderstood():
            assert not meant


GIVEN = {"pair": "1", "twin": "Anneke", "side": "Utrecht", "country": "NL", "zone": "Europe/Amsterdam", "until": ""}


@pytest.mark.parametrize(
    ("state", "pair", "theirs", "made"),
    [
        ("proposed", 1, {}, False),
        ("proposed", 1, said(proposal="shown"), False),
        ("proposed", 1, said(proposal="accept"), True),
        ("active", 1, said(proposal="accept"), None),
        (None, None, {}, None),
        ("proposed", 2, said(proposal="accept"), None),
    ],
)
def test_the_second_yes_makes_the_pair_and_only_while_it_waits(
    state: str | None, pair: int | None, theirs: dict[str, PairAnswered], made: bool | None
) -> None:
    effects = proposal.accept(
        situation("proposal", GIVEN, together__state=state, together__pair=pair, together__theirs=theirs)
    )
    if made is None:
        assert texts(effects) == ["proposal.made" if state == "active" else "proposal.gone"]
        assert not [one for one in effects if not isinstance(one, Say | Keep)]
        return
    assert AnswerForPair(1, "proposal", "accept") in effects  # type: ignore[arg-type]  # the cast's pair
    changes = [one.changes for one in effects if isinstance(one, ChangePair)]
    assert changes == ([{"state": "active", "accepted_at": NOW}] if made else [])
    pair_made = [(FATMATA.id, PairMade.__name__), (ANNEKE.id, PairMade.__name__)]
    news = [(ISATU.id, PairNews.__name__), (MARIEKE.id, PairNews.__name__)]
    assert told(effects) == ([*pair_made, *news] if made else [])


@pytest.mark.parametrize(
    ("state", "mine", "taken_back"),
    [("proposed", "accept", True), ("proposed", "shown", False), ("active", "accept", False), (None, "accept", False)],
)
def test_a_yes_counts_no_more_while_she_thinks_on(state: str | None, mine: str, *, taken_back: bool) -> None:
    found = situation("proposal", GIVEN, together__state=state, together__pair=1, together__mine=said(proposal=mine))
    shown = (AnswerForPair(1, "proposal", "shown"),)  # type: ignore[arg-type]  # the cast's pair
    assert proposal.hold_back(found) == (shown if taken_back else ())


@pytest.mark.parametrize("theirs", [{}, said(proposal="shown"), said(proposal="accept")])
@pytest.mark.parametrize("reason", [None, "somebody_else"])
def test_a_no_tells_the_partner_no_reason_and_nothing_at_all_before_she_has_seen_it(
    theirs: dict[str, PairAnswered], reason: str | None
) -> None:
    answers = {"ask_answer": "decline"} | ({} if reason is None else {"ask_reason": reason})
    effects = proposal.decline(
        situation("proposal", GIVEN, answers, together__state="proposed", together__theirs=theirs)
    )
    to_her = [one.event for one in effects if isinstance(one, Tell) and one.person == ANNEKE.id]
    assert to_her == ([PairEnded(1, "declined", "Fatmata")] if theirs else [])  # type: ignore[arg-type]
    to_coordinators = [one.event for one in effects if isinstance(one, Tell) and one.person != ANNEKE.id]
    wanted = None if reason is None else f"choices.decline_reasons.{reason}"
    assert [one.reason for one in to_coordinators if isinstance(one, PairNews)] == [wanted, wanted]


@pytest.mark.parametrize(
    ("person_state", "pair_state", "how"),
    [
        (PersonState.ACTIVE, "active", "parted"),
        (PersonState.PAUSED, "active", "parted"),
        (PersonState.ACTIVE, "proposed", "withdrawn"),
        (PersonState.ACTIVE, None, None),
        (PersonState.JOINING, "active", None),
    ],
)
def test_whoever_goes_for_good_leaves_her_pair(
    person_state: PersonState, pair_state: str | None, how: str | None
) -> None:
    facts = facts_of(FATMATA) | {"person.state": person_state, "together.state": pair_state}
    facts |= {"together.theirs": said(proposal="shown")}
    if pair_state is None:
        facts["together.pair"] = None
    effects = proposal.part(facts, NOW)
    if how is None:
        assert effects == ()
        return
    ended = [one.event for one in effects if isinstance(one, Tell) and one.person == ANNEKE.id]
    assert [one.how for one in ended if isinstance(one, PairEnded)] == [how]
    news = [one.event for one in effects if isinstance(one, Tell) and isinstance(one.event, PairNews)]
    assert all("Fatmata" not in repr(one) for one in news)
    assert len(news) == 2


@pytest.mark.parametrize(
    ("chosen", "every", "days"),
    [
        (14, Every.WEEKLY, 14),
        (21, Every.WEEKLY, 21),
        (30, Every.WEEKLY, 30),
        (14, Every.FORTNIGHTLY, 28),
        (21, Every.FORTNIGHTLY, 28),
        (30, Every.FORTNIGHTLY, 30),
        (14, Every.MONTHLY, 60),
        (30, Every.MONTHLY, 60),
    ],
)
def test_the_quiet_limit_is_never_below_two_agreed_intervals(chosen: int, every: Every, days: int) -> None:
    assert naming.quiet_limit(chosen, every) == days


WISHED = {"frequency": "monthly", "channels": "chat,call", "quiet": "days_14", "requests": "discuss"}
WISHES = said(**{f"agreement__{subject}": choice for subject, choice in WISHED.items()})


def test_agreed_can_only_be_what_was_shown() -> None:
    shown = naming.offer_given(facts_of(FATMATA) | {"together.theirs": WISHES})
    agreed = naming.agree(situation("agreement_offer", shown, together__theirs=WISHES))
    assert [one.changes for one in agreed if isinstance(one, ChangePair)] == [{"cadence": "monthly", "quiet_days": 60}]
    assert told(agreed) == [(FATMATA.id, AgreementMade.__name__), (ANNEKE.id, AgreementMade.__name__)]
    assert {one.subject: one.choice for one in agreed if isinstance(one, AnswerForPair) and one.choice is not None} == {
        f"agreement.{subject}": choice for subject, choice in WISHED.items()
    }
    changed = WISHES | said(agreement__requests="not_part")
    late = naming.agree(situation("agreement_offer", shown, together__theirs=changed))
    assert texts(late) == ["agreement.changed_since"]
    assert not [one for one in late if not isinstance(one, Say)]


@pytest.mark.parametrize(
    ("theirs", "holds"),
    [
        ({}, False),
        (WISHES, True),
        (WISHES | said(agreement__channels="call,chat"), True),
        (WISHES | said(agreement__times="evening"), False),
        (WISHES | said(agreement__frequency="weekly"), False),
    ],
)
def test_the_same_wishes_hold_at_once_and_others_are_passed_on(theirs: dict[str, PairAnswered], holds: bool) -> None:
    answers = {f"ask_{subject}": choice for subject, choice in WISHED.items()}
    effects = naming.propose(situation("agreement", {}, answers, together__theirs=theirs))
    events = {name for _, name in told(effects)}
    assert events == ({AgreementMade.__name__} if holds else {AgreementProposed.__name__})
    assert bool([one for one in effects if isinstance(one, ChangePair)]) is holds


def test_support_with_data_is_told_to_the_coordinators_of_her_side_once_and_is_no_wish_for_the_two() -> None:
    answers = {f"ask_{subject}": choice for subject, choice in WISHED.items()} | {"ask_data": "yes"}
    first = naming.propose(situation("agreement", {}, answers, together__theirs=WISHES))
    assert [one.person for one in first if isinstance(one, Tell) and isinstance(one.event, HelpAsked)] == [ISATU.id]
    assert AgreementMade.__name__ in {name for _, name in told(first)}, "her partner did not have to need it too"
    again = naming.propose(situation("agreement", {}, answers, together__mine=said(agreement__data="yes")))
    assert not [one for one in again if isinstance(one, Tell) and isinstance(one.event, HelpAsked)]
    offer = naming.offer_given(facts_of(FATMATA) | {"together.theirs": WISHES | said(agreement__data="yes")})
    assert "data" not in offer["shown"]


def test_what_is_written_anew_takes_the_place_of_what_her_partner_reads_once_both_have_answered() -> None:
    answers = {"ask_name": "Fatu"}
    named = PairAnswered(None, "Fatu", SINCE)
    for mine, theirs, shared in (
        ({}, {}, []),
        ({}, {"call_me": named}, [False]),
        ({"call_me": named}, {}, []),
        ({"call_me": named}, {"call_me": named}, [True]),
    ):
        effects = naming.keep(situation("naming", {}, answers, together__mine=mine, together__theirs=theirs))
        events = [one.event for one in effects if isinstance(one, Tell)]
        assert [one.changed for one in events if isinstance(one, NamingShared)] == shared


@pytest.mark.parametrize(
    ("phases", "weeks_left", "is_early"),
    [
        (("exchange",), None, True),
        (("exchange",), 20, True),
        (("exchange",), 17, False),
        (("exchange", "closing"), 40, False),
        (("alumni",), None, False),
    ],
)
def test_why_is_asked_only_of_a_pair_that_a_coordinator_ends_before_its_time(
    phases: tuple[str, ...], weeks_left: int | None, is_early: bool
) -> None:
    ends_at = None if weeks_left is None else NOW + timedelta(weeks=weeks_left)
    where = replace(standing(*phases), ends_at=ends_at)
    facts = facts_of(ISATU) | {"moving.pairs": {PAIR: where}}
    session = Session(1, "unpair", "v", NOW, path=(Answered("ask_pair", str(PAIR)), Answered("ask_sure", "yes")))
    effects = ending.end(Situation(packaged_catalogue().current("unpair"), session, facts, NOW))
    ended = [one.event for one in effects if isinstance(one, Tell) and isinstance(one.event, PairEnded)]
    assert ended == [PairEnded(PAIR, "unpaired", partner, is_early) for partner in ("Anneke", "Fatmata")]


def test_whose_pair_a_coordinator_ended_are_not_suggested_to_each_other_but_can_be_chosen() -> None:
    facts = facts_of(ISATU)
    session = Session(1, "pairing", "v", NOW, path=(Answered("ask_near", "11"),))
    here = Situation(packaged_catalogue().current("pairing"), session, facts, NOW)
    assert "Willemijn" in str(pairing.suggestions(here))
    ended = Unpaired(PAIR, (PersonId(11), PersonId(14)), free=True)
    again = replace(here, facts=facts | {"candidates.unpaired": (ended,)})
    assert pairing.suggestions(again) == Text("pairing.no_suggestion")
    assert [one.id for one in pairing.far(again)] == ["12", "14"]
