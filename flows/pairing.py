"""What a pair goes through, told to its people: proposed, made, ended, named, agreed.

Rules kept here:

* Everything is looked at anew when it is told: what was taken back meanwhile is not shown any more.
* What can not be answered any more loses its buttons.
* What comes unbidden from others stands aside, comes as a prompt outside quiet hours, and is reminded of once.
* No reminder before every side has a coordinator, nor in a pause, nor to somebody who can not be reached.
* An agreement that holds plans the check-ins of both anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flows.effects import (
    AnswerForPair,
    CancelTimer,
    Lane,
    MarkChosen,
    NoteSkip,
    Rewrite,
    Say,
    SetTimer,
    WithdrawPrompts,
)
from flows.events.due import BroughtToFront, HeldPromptFellDue, NamingFellDue, ProposalFellDue, SessionExpired
from flows.events.pairs import AgreementMade, AgreementProposed, NamingShared, PairEnded, PairNews, PairProposed
from flows.events.shell import FlowStarted
from flows.people import PersonState
from flows.prompting import CHECK_IN, HOLD_FOR
from flows.rules import naming
from flows.rules.cadence import QuietHours, quiet_until
from flows.rules.goal_writing import NUMBER
from flows.rules.heard import unflagged
from flows.rules.naming import NAMED, offer_given, show_words, wishes
from flows.rules.pairing import proposed_given
from flows.rules.pausing import look_at_naming, own_hour, plan_check_in
from flows.rules.proposal import ANSWER_WITHIN, REMIND_AFTER, SHOWN, SUBJECT, lapse, mine, ours, theirs
from flows.session import Session, Status
from flows.talk import ASIDE
from flows.values import LocalTime, Text, Value

if TYPE_CHECKING:
    from flows.talk import Talk

PROPOSAL, NAMING, AGREEMENT, OFFER, PROPOSED = "proposal", "naming", "agreement", "agreement_offer", "proposed"
NOTE = "twin_note"
PAGE = "agreement_page"
GOALS = ("goals", "goal", "goal_offer", "milestone")
"""What two write of their goals, as long as they are a pair."""

UNBIDDEN = (PROPOSAL, NAMING, OFFER, PROPOSED, "goal_offer", "milestone")
"""Flows that come as prompts since somebody else did something."""

ASK_ONCE_MORE_AFTER = timedelta(days=7)
"""When a twin who has not come to naming or agreement is asked once more, and not again; one who can not be asked just
then is looked at again after as long."""


# -- proposals, to twins -----------------------------------------------------------------------------------------------


def proposed(talk: Talk, event: PairProposed) -> None:
    """Ask her whether she wants to be the twin of the other one, unless that is over already."""
    facts = talk.facts
    pair = ours(facts)
    if pair is None or facts["ours.state"] != "proposed" or facts["ours.partner"] != event.partner or _has_seen(talk):
        return
    since = facts["ours.since"]
    until = (since if isinstance(since, datetime) else talk.now) + ANSWER_WITHIN
    given = {
        "pair": str(pair),
        "twin": str(facts["ours.partner_name"]),
        "side": str(facts["ours.partner_side"]),
        "country": str(facts["ours.partner_country"]),
        "zone": str(facts["ours.partner_zone"]),
        "until": until.isoformat(),
    }
    talk.do(AnswerForPair(pair, SUBJECT, SHOWN), SetTimer("proposal", str(pair), until))
    session = prompt_aside(talk, PROPOSAL, given)
    due = own_hour(facts, talk.now, REMIND_AFTER)
    talk.do(SetTimer("reminder", str(session.number), due, due + HOLD_FOR))


def _has_seen(talk: Talk) -> bool:
    return SUBJECT in mine(talk.facts)


def proposal_due(talk: Talk, event: ProposalFellDue) -> None:
    """Seven days are over: without both answers the proposal ends, without blame."""
    if ours(talk.facts) != event.pair or talk.facts["ours.state"] != "proposed":
        return
    name = str(talk.facts["ours.partner_name"])
    talk.do(*lapse(talk.facts, event.pair, talk.now))
    end(talk, PROPOSAL)
    talk.say("pairing.ended_lapsed", twin=name)


def ended(talk: Talk, event: PairEnded) -> None:
    """A pair of hers is no more. What was open for it ends too."""
    talk.do(CancelTimer("proposal", str(event.pair)), CancelTimer("naming", str(event.pair)), CancelTimer("goal"))
    for flow in (PROPOSAL, NAMING, AGREEMENT, OFFER, PAGE, NOTE, *GOALS):
        end(talk, flow)
    _forget_goals(talk)
    if event.how == "parted":
        talk.do(CancelTimer("check_in"), CancelTimer("reminder"), WithdrawPrompts(), *unflagged(talk.facts))
    _say_unbidden(talk, f"pairing.ended_{event.how}", twin=event.partner_name)


def _forget_goals(talk: Talk) -> None:
    """Conversations about goals of a pair that is no more hold words of both, and lead nowhere. What she began to write
    by herself stays hers."""
    for session in list(talk.sessions.values()):
        if session.flow in GOALS and NUMBER in session.given:
            del talk.sessions[session.number]


# -- to coordinators ---------------------------------------------------------------------------------------------------


def news(talk: Talk, event: PairNews) -> None:
    """What became of a pair; a new proposal comes with a button to undo it."""
    if event.what == "proposed":
        prompt_aside(talk, PROPOSED, proposed_given(event))
        return
    if event.what in {"made", "withdrawn", "lapsed", "declined", "parted"}:
        end(talk, PROPOSED, str(event.one), str(event.other))
    values: dict[str, Value] = {"one": event.one_name, "other": event.other_name}
    if event.by is not None:
        values["by"] = event.by
    if event.reason is None:
        _say_unbidden(talk, f"pairing.news_{event.what}", **values)
    else:
        _say_unbidden(talk, f"pairing.news_{event.what}_reason", reason=Text(event.reason), **values)


# -- a pair that is made -----------------------------------------------------------------------------------------------


def begin_naming(talk: Talk, pair: int) -> None:
    """Offer the naming conversation beside whatever is open, and look once more a week later."""
    end(talk, PROPOSAL)
    talk.do(CancelTimer("proposal", str(pair)), *look_at_naming(talk.facts, talk.now, ASK_ONCE_MORE_AFTER))
    if why_not_now(talk) is None:
        prompt_aside(talk, NAMING)


def naming_due(talk: Talk, event: NamingFellDue) -> None:
    """Ask once more for what she has not come to yet; who can not be asked now is looked at again a week later."""
    facts = talk.facts
    answered = wishes(mine(facts)) and not naming.is_newer(facts)
    if ours(facts) != event.pair or facts["ours.state"] != "active" or answered:
        return
    reason = why_not_now(talk)
    if reason is not None:
        again = () if talk.has_stopped else look_at_naming(facts, talk.now, ASK_ONCE_MORE_AFTER)
        talk.do(NoteSkip(NAMING, reason), *again)
    elif NAMED not in mine(facts):
        end(talk, NAMING)
        prompt_aside(talk, NAMING)
    elif wishes(theirs(facts)):
        _offer(talk)
    else:
        _say_unbidden(talk, "agreement.still_open", twin=str(facts["ours.partner_name"]))


def why_not_now(talk: Talk) -> str | None:
    if talk.facts["person.state"] != PersonState.ACTIVE:
        return "paused"
    if talk.facts["person.unreachable_since"] is not None:
        return "unreachable"
    return None if talk.facts["programme.ready"] else "no_coordinator"


def shared(talk: Talk, event: NamingShared) -> None:
    """Her partner's words, now that both have answered; in the place of what stands there when they changed."""
    if ours(talk.facts) != event.pair or NAMED not in theirs(talk.facts):
        return
    shown = show_words(talk.facts, event.pair)
    if event.changed and shown.anchor is not None:
        talk.do(Rewrite(shown.anchor, shown.text))
    else:
        talk.do(unbidden(talk, shown))


# -- the agreement -----------------------------------------------------------------------------------------------------


def agreement_proposed(talk: Talk, event: AgreementProposed) -> None:
    """Her partner proposed how to keep in touch. Whoever has not come to naming yet sees it at its end."""
    facts = talk.facts
    if talk.has_stopped:  # `resume` looks at it again
        talk.do(NoteSkip(OFFER, "stopped"))
        return
    named = NAMED in mine(facts)
    if ours(facts) == event.pair and facts["ours.state"] == "active" and named and naming.is_newer(facts):
        _offer(talk)


def _offer(talk: Talk) -> None:
    """Show what her partner proposes, in the place of an earlier offer, and of the same question that she has not begun
    to answer."""
    end(talk, OFFER)
    asked = talk.conversation.latest(AGREEMENT)
    if asked is not None and not asked.path:
        end(talk, AGREEMENT)
    prompt_aside(talk, OFFER, offer_given(talk.facts))


def agreement_made(talk: Talk, event: AgreementMade) -> None:
    """Both agree: show it, and plan the check-ins by it."""
    facts = talk.facts
    if ours(facts) != event.pair or facts["ours.state"] != "active":
        return
    for flow in (AGREEMENT, OFFER, PAGE):
        end(talk, flow)
    talk.do(CancelTimer("naming", str(event.pair)))
    agreement = naming.in_words(wishes(mine(facts)))
    twin = str(facts["ours.partner_name"])
    planned = plan_anew(talk)
    if planned is None:
        _say_unbidden(talk, "agreement.made", twin=twin, agreement=agreement)
    else:
        day = LocalTime(planned.due_at, "weekday_time")
        _say_unbidden(talk, "agreement.made_next", twin=twin, agreement=agreement, day=day)


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
    if ours(facts) is None or facts["ours.state"] != "active":
        talk.say_first("agreement.no_twin")
        return
    own = wishes(mine(facts))
    if NAMED not in mine(facts):
        _to_front(talk, NAMING, {})
    elif naming.is_newer(facts):
        _to_front(talk, OFFER, offer_given(facts))
    elif not own:
        _to_front(talk, AGREEMENT, {})
    else:
        end(talk, PAGE)
        talk.begin(PAGE, {"twin": str(facts["ours.partner_name"])})
        talk.ask_front_again()


# -- sessions ----------------------------------------------------------------------------------------------------------


def _to_front(talk: Talk, flow: str, given: dict[str, str]) -> None:
    """Go on with the open session of `flow`, or begin it, in front: she asked for it herself."""
    latest = talk.conversation.latest(flow)
    if latest is not None and latest.status is Status.OPEN and latest.given == given:
        talk.raise_(latest)
        talk.ask_front_again()
        return
    session = talk.raise_(talk.new(flow, given))
    talk.run(session, FlowStarted(flow))


def prompt_aside(talk: Talk, flow: str, given: dict[str, str] | None = None) -> Session:
    """Begin `flow` beside the conversation, as a prompt."""
    session = replace(talk.new(flow, given), raised=ASIDE)
    talk.run(session, HeldPromptFellDue())
    return talk.sessions[session.number]


def ask_again(talk: Talk) -> None:
    """Ask anew what others caused and what is open still: she could not be reached meanwhile."""
    for session in list(talk.sessions.values()):
        if session.status is Status.OPEN and session.raised == ASIDE and session.flow in UNBIDDEN:
            talk.run(session, BroughtToFront())


def end(talk: Talk, flow: str, *ids: str, given: Mapping[str, str] | None = None) -> None:
    """End the open sessions of `flow`, and take their buttons off; of the coordinators' only that of the two twins
    `ids`, and only those that were `given` this."""
    for session in list(talk.sessions.values()):
        two = {session.given.get("one_id"), session.given.get("other_id")}
        meant = (not ids or two == set(ids)) and (given or {}).items() <= session.given.items()
        if session.flow == flow and session.status is Status.OPEN and meant:
            step = talk.flows.version(session.version).step(session.step or "")
            if step.id in session.asked and (step.kind == "choose" or step.skip):
                talk.do(MarkChosen(session.number, step.id, ()))
            talk.run(session, SessionExpired(session.number))


def _say_unbidden(talk: Talk, text: str, **values: Value) -> None:
    talk.do(unbidden(talk, Say(Text(text, values))))


def unbidden(talk: Talk, say: Say) -> Say:
    """What somebody else causes does not wake her: in her quiet hours it waits for the morning."""
    asleep = quiet_until(QuietHours.default(str(talk.facts["person.zone"])), talk.now) is not None
    return say if not asleep else Say(say.text, lane=Lane.PROMPT, anchor=say.anchor, protected=say.protected)
