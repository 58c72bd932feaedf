"""What a pair goes through, told to its people: proposed, made, ended, named, agreed.

Rules kept here:

* Everything is looked at anew when it is told: what was taken back meanwhile is not shown any more.
* What comes unbidden from others (`unbidden`) is reminded of once.
* Who has not come to naming or agreement a week later is asked by the planner (`flows.rules.agenda`).
* An agreement that holds plans the check-ins of both anew, and so does an end that was taken back.
* With a pair that was made ends whatever asks about the two; what each wrote by herself goes on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from flows.effects import (
    AnswerForPair,
    CancelTimer,
    ForgetAnswers,
    MarkChosen,
    NoteSkip,
    Rewrite,
    SetTimer,
    WithdrawPrompts,
)
from flows.events.due import ProposalFellDue
from flows.events.pairs import (
    AgreementMade,
    AgreementProposed,
    NamingShared,
    PairEnded,
    PairNews,
    PairProposed,
    PairResumed,
)
from flows.goals import NUMBER
from flows.people import NAMED, PersonState
from flows.prompting import ALL_OK, CHECK_IN, HOLD_FOR
from flows.rules import challenges, moving, naming, out_of_touch, wishing
from flows.rules.heard import unflagged
from flows.rules.naming import offer_given, show_words, wishes
from flows.rules.pairing import news_given
from flows.rules.pausing import own_hour, plan_check_in, why_not_asked
from flows.rules.proposal import ANSWER_WITHIN, REMIND_AFTER, SHOWN, SUBJECT, her_pair, lapse, mine, theirs
from flows.session import Outcome, Status
from flows.unbidden import ask_beside, ask_in_front, by_day, end_open, say_unbidden
from flows.values import LocalTime, Text, Value

if TYPE_CHECKING:
    from flows.talk import Talk

PROPOSAL, NAMING, AGREEMENT, OFFER, PROPOSED = "proposal", "naming", "agreement", "agreement_offer", "proposed"
UNPAIRED = "unpaired"
WITH_A_WAY_BACK = {"proposed": PROPOSED, "unpaired": UNPAIRED}
"""News of a pair to the flow that brings it, with a button to undo it."""
NOTE = "twin_note"
PAGE = "agreement_page"
GOALS = ("goals", "goal", "goal_offer", "milestone")
"""What two write of their goals, as long as they are a pair."""

OVER = ("parted", "unpaired")
"""How a pair ends that was made."""

EARLY_END = "early_end"
TO_CONTACT = "ask_write"
"""The step of `early_end` that leads to /contact."""
OF_TWO = (ALL_OK, "offer", challenges.ANSWER, challenges.TRY)
"""What asks about the two without a fact of the twin in its head."""


# -- proposals, to twins -----------------------------------------------------------------------------------------------


def proposed(talk: Talk, event: PairProposed) -> None:
    """Ask her whether she wants to be the twin of the other one, unless that is over already."""
    facts = talk.facts
    pair = her_pair(facts)
    if (
        pair is None
        or facts["together.state"] != "proposed"
        or facts["together.partner"] != event.partner
        or _has_seen(talk)
    ):
        return
    since = facts["together.since"]
    until = (since if isinstance(since, datetime) else talk.now) + ANSWER_WITHIN
    given = {
        "pair": str(pair),
        "twin": str(facts["together.partner_name"]),
        "side": str(facts["together.partner_side"]),
        "country": str(facts["together.partner_country"]),
        "zone": str(facts["together.partner_zone"]),
        "until": until.isoformat(),
    }
    talk.do(AnswerForPair(pair, SUBJECT, SHOWN), SetTimer("proposal", str(pair), until))
    session = ask_beside(talk, PROPOSAL, given)
    due = own_hour(facts, talk.now, REMIND_AFTER)
    talk.do(SetTimer("reminder", str(session.number), due, due + HOLD_FOR))


def _has_seen(talk: Talk) -> bool:
    return SUBJECT in mine(talk.facts)


def proposal_due(talk: Talk, event: ProposalFellDue) -> None:
    """Seven days are over: without both answers the proposal ends, without blame."""
    if her_pair(talk.facts) != event.pair or talk.facts["together.state"] != "proposed":
        return
    name = str(talk.facts["together.partner_name"])
    talk.do(*lapse(talk.facts, event.pair, talk.now))
    end_open(talk, PROPOSAL)
    talk.say("pairing.ended_lapsed", twin=name)


def ended(talk: Talk, event: PairEnded) -> None:
    """A pair of hers is no more. What was open for it ends too."""
    talk.do(CancelTimer("proposal", str(event.pair)))
    for flow in (PROPOSAL, NAMING, AGREEMENT, OFFER, PAGE, NOTE, *moving.FLOWS, *GOALS):
        end_open(talk, flow)
    _forget_goals(talk)
    if event.how in OVER:
        _end_what_names_the_twin(talk)
        talk.do(CancelTimer("check_in"), CancelTimer("reminder"), WithdrawPrompts(), *unflagged(talk.facts))
        talk.do(*out_of_touch.forgotten(talk.facts), *wishing.taken_down(talk.facts))
    say_unbidden(talk, f"pairing.ended_{event.how}", twin=event.partner_name)
    if event.early and why_not_asked(talk.facts) is None:
        ask_beside(talk, EARLY_END, {"twin": event.partner_name})


def _end_what_names_the_twin(talk: Talk) -> None:
    """What asks about the two can not be answered any more. What she told of a check-in counts; of anything else that
    was not finished nothing is noted, as if it had not been asked."""
    for session in list(talk.sessions.values()):
        flow = talk.flows.version(session.version)
        is_of_two = session.flow in OF_TWO or any(fact.startswith("twin.") for fact in flow.definition.facts)
        if session.trial is not None or not is_of_two or session.status not in {Status.OPEN, Status.HELD}:
            continue
        if session.flow == CHECK_IN and session.path:
            end_open(talk, CHECK_IN)
            continue
        if session.step in session.asked:
            talk.do(MarkChosen(session.number, session.step, ()))
        talk.do(*(CancelTimer(kind, str(session.number)) for kind in ("expiry", "discard", "wait")))
        talk.sessions[session.number] = replace(
            session, status=Status.ENDED, outcome=Outcome.LEFT, ended_at=talk.now, held_words=None
        )


def resumed(talk: Talk, event: PairResumed) -> None:
    """The two go on as they were: what was planned for them is planned anew."""
    facts = talk.facts
    if her_pair(facts) != event.pair or facts["together.state"] != "active":
        return
    _forget_why(talk)
    plan_anew(talk)
    say_unbidden(talk, "pairing.resumed", twin=str(facts["together.partner_name"]))


def _forget_why(talk: Talk) -> None:
    """Why it ended is asked no more, and counts no more where it was said. Who said that she did not feel safe, and is
    asked whether she would like to write to those who are there for it, can still do so."""
    for session in [one for one in talk.sessions.values() if one.flow == EARLY_END and "twin" in one.given]:
        if session.status is Status.OPEN and session.step == TO_CONTACT:
            talk.sessions[session.number] = replace(session, path=())
        else:
            end_open(talk, EARLY_END)
            del talk.sessions[session.number]
        talk.do(ForgetAnswers(session.number, ("reason",)))


def _forget_goals(talk: Talk) -> None:
    """Conversations about goals of a pair that is no more hold words of both, and lead nowhere. What she began to write
    by herself stays hers."""
    for session in list(talk.sessions.values()):
        if session.flow in GOALS and NUMBER in session.given:
            del talk.sessions[session.number]


# -- to coordinators ---------------------------------------------------------------------------------------------------


def news(talk: Talk, event: PairNews) -> None:
    """What became of a pair; a new proposal, and an end, come with a button to undo it."""
    if event.what in WITH_A_WAY_BACK:
        ask_beside(talk, WITH_A_WAY_BACK[event.what], news_given(event))
        return
    if event.what == "resumed":
        end_open(talk, UNPAIRED, str(event.one), str(event.other))
    if event.what in {"made", "withdrawn", "lapsed", "declined", "parted"}:
        end_open(talk, PROPOSED, str(event.one), str(event.other))
    values: dict[str, Value] = {"one": event.one_name, "other": event.other_name}
    if event.by is not None:
        values["by"] = event.by
    if event.reason is None:
        say_unbidden(talk, f"pairing.news_{event.what}", **values)
    else:
        say_unbidden(talk, f"pairing.news_{event.what}_reason", reason=Text(event.reason), **values)


# -- a pair that is made -----------------------------------------------------------------------------------------------


def begin_naming(talk: Talk, pair: int) -> None:
    """Offer the naming conversation beside whatever is open."""
    end_open(talk, PROPOSAL)
    talk.do(CancelTimer("proposal", str(pair)))
    if why_not_asked(talk.facts) is None:
        ask_beside(talk, NAMING)


def shared(talk: Talk, event: NamingShared) -> None:
    """Her partner's words, now that both have answered; in the place of what stands there when they changed."""
    if her_pair(talk.facts) != event.pair or NAMED not in theirs(talk.facts):
        return
    shown = show_words(talk.facts, event.pair)
    if event.changed and shown.anchor is not None:
        talk.do(Rewrite(shown.anchor, shown.text))
    else:
        talk.do(by_day(talk, shown))


# -- the agreement -----------------------------------------------------------------------------------------------------


def agreement_proposed(talk: Talk, event: AgreementProposed) -> None:
    """Her partner proposed how to keep in touch. Whoever has not come to naming yet sees it at its end."""
    facts = talk.facts
    if talk.has_stopped:  # `resume` looks at it again
        talk.do(NoteSkip(OFFER, "stopped"))
        return
    named = NAMED in mine(facts)
    if her_pair(facts) == event.pair and facts["together.state"] == "active" and named and naming.is_newer(facts):
        _offer(talk)


def _offer(talk: Talk) -> None:
    """Show what her partner proposes, in the place of an earlier offer, and of the same question that she has not begun
    to answer."""
    end_open(talk, OFFER)
    asked = talk.conversation.latest(AGREEMENT)
    if asked is not None and not asked.path:
        end_open(talk, AGREEMENT)
    ask_beside(talk, OFFER, offer_given(talk.facts))


def agreement_made(talk: Talk, event: AgreementMade) -> None:
    """Both agree: show it, and plan the check-ins by it."""
    facts = talk.facts
    if her_pair(facts) != event.pair or facts["together.state"] != "active":
        return
    for flow in (AGREEMENT, OFFER, PAGE):
        end_open(talk, flow)
    agreement = naming.in_words(wishes(mine(facts)))
    twin = str(facts["together.partner_name"])
    planned = plan_anew(talk)
    if planned is None:
        say_unbidden(talk, "agreement.made", twin=twin, agreement=agreement)
    else:
        day = LocalTime(planned.due_at, "weekday_time")
        say_unbidden(talk, "agreement.made_next", twin=twin, agreement=agreement, day=day)


def plan_anew(talk: Talk) -> SetTimer | None:
    """Plan her next check-in after her rule has changed; no week is asked twice, none too soon after the last."""
    if talk.facts["person.state"] != PersonState.ACTIVE:
        return None
    latest = talk.conversation.latest(CHECK_IN)
    last = None if latest is None else latest.period
    due = None if latest is None else latest.planned_at
    planned = plan_check_in(talk.facts, talk.now, last, last_due=due)
    if planned is not None:
        talk.do(CancelTimer("check_in"), planned)
    return planned


def show_agreement(talk: Talk) -> None:
    """`/agreement`: where the two stand, and on from there."""
    facts = talk.facts
    if her_pair(facts) is None or facts["together.state"] != "active":
        talk.say_first("agreement.no_twin")
        return
    own = wishes(mine(facts))
    if NAMED not in mine(facts):
        ask_in_front(talk, NAMING, {})
    elif naming.is_newer(facts):
        ask_in_front(talk, OFFER, offer_given(facts))
    elif not own:
        ask_in_front(talk, AGREEMENT, {})
    else:
        end_open(talk, PAGE)
        talk.begin(PAGE, {"twin": str(facts["together.partner_name"])})
        talk.ask_front_again()
