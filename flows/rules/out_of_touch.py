"""When two twins answer the bot but do not reach each other. domain.md section 7.

Rules kept here:

* Out of touch are two of whom one tried twice in a row without an answer, or who have had no contact for as many days
  as they agreed on. One who pauses, has stopped, is out of reach, or is quiet here too, is looked at by other rules.
* Both get the same topic card, once. The coordinators of the one who was not reached are told, with her own last
  reason and the way that may reach her: of whoever was tried or waited for, else of whoever said so.
* What a twin answers is never told to the other one, nor to the other one's coordinators.
* The first contact that either tells of takes it down, and coordinators who were told hear it once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.effects import ClearFlag, Effect, RaiseFlag, Say, Tell
from flows.events.pairs import ContactMissed, ContactTold
from flows.events.people import TwinsApart, TwinsInTouch
from flows.flags import ASKED, QUIET
from flows.people import CONTACT, CheckedIn, PersonId, PersonState
from flows.rules import topics
from flows.rules.coordinating import WISH
from flows.rules.heard import flags, to_coordinators
from flows.rules.silence import REASON_LIST, SLACK, quiet_days
from flows.rules.situation import Facts, Situation
from flows.values import Text

APART, UNREACHED = "apart", "unreached"
"""Flags: the two are out of touch, of both; her coordinators know that her partner does not reach her."""

TRIED, WAITING, TOPIC, PAUSES = "tried", "waiting", "topic", frozenset({"pause_2", "pause_4"})
"""Choices of the check-in: of contact, of a reason, of what helps."""


def noticed(situation: Situation) -> tuple[Effect, ...]:
    """What her whole check-in says of the contact of the two."""
    facts, contact = situation.facts, situation.answers.get("contact")
    if contact in CONTACT:
        return _in_touch(facts, tell_partner=True)
    partner, period = situation.number("twin.id"), situation.session.period
    if partner is None or period is None or APART in flags(facts) or facts["twin.state"] != PersonState.ACTIVE:
        return ()
    if situation.session.late or situation.answers.get("help") in PAUSES:
        return ()
    since = _since(facts)
    before = before_this(situation)
    tried = contact == TRIED and before is not None and before.contact == TRIED
    if not tried and (since is None or situation.now - since < timedelta(days=quiet_days(facts)) - SLACK):
        return ()
    partner_unreached = contact == TRIED or situation.answers.get("reason") == WAITING
    missed = ContactMissed(
        PersonId(situation.number("person.id") or 0), since or situation.now, period, unreached=partner_unreached
    )
    card = () if situation.answers.get("help") == TOPIC else (_card(facts, period, situation.now),)
    told = () if partner_unreached else _tell_coordinators(facts, missed.since, situation.answers.get("reason"))
    return (RaiseFlag(APART), *card, *told, Tell(PersonId(partner), missed))


def missed_by_partner(facts: Facts, event: ContactMissed, now: datetime) -> tuple[Effect, ...]:
    """Her partner does not reach her: the topic card, and a word to her coordinators if it is she who was tried."""
    is_partner = facts["twin.id"] == event.partner and facts["person.unreachable_since"] is None
    if not is_partner or facts["person.state"] != PersonState.ACTIVE or flags(facts) & {ASKED, QUIET, APART}:
        return ()
    reason = facts["silence.reason"]
    told = _tell_coordinators(facts, event.since, reason if isinstance(reason, str) else None)
    return (RaiseFlag(APART), _card(facts, event.period, now), *(told if event.unreached else ()))


def contact_told(facts: Facts, event: ContactTold) -> tuple[Effect, ...]:
    """Her partner tells of contact."""
    return _in_touch(facts, tell_partner=False) if facts["twin.id"] == event.partner else ()


def _in_touch(facts: Facts, *, tell_partner: bool) -> tuple[Effect, ...]:
    up, partner = flags(facts), facts["twin.id"]
    if APART not in up:
        return ()
    told = to_coordinators(facts, TwinsInTouch(str(facts["person.name"]), str(facts["twin.name"])))
    me, other = facts["person.id"], isinstance(partner, int) and tell_partner
    return (
        *forgotten(facts),
        *(told if UNREACHED in up else ()),
        *((Tell(PersonId(int(str(partner))), ContactTold(PersonId(int(str(me))))),) if other else ()),
    )


def forgotten(facts: Facts) -> tuple[Effect, ...]:
    """Nothing is out of touch any more, and nobody is told."""
    return tuple(ClearFlag(kind) for kind in (APART, UNREACHED) if kind in flags(facts))


def _tell_coordinators(facts: Facts, since: datetime, reason: str | None) -> tuple[Effect, ...]:
    if reason == WISH:  # that is no reason: she is asked herself what may be told
        reason = None
    named = None if reason is None else f"{REASON_LIST}.{reason}"
    told = TwinsApart(str(facts["person.name"]), str(facts["twin.name"]), since, named)
    return (RaiseFlag(UNREACHED, reason), *to_coordinators(facts, told))


def _card(facts: Facts, period: str, now: datetime) -> Say:
    return Say(Text("topics.for_both", {"card": topics.card(period, facts, now)}))


def _since(facts: Facts) -> datetime | None:
    """When either last told of contact, never before the two were a pair."""
    known = [one for one in (facts["contact.latest"], facts["pair.since"]) if isinstance(one, datetime)]
    return max(known, default=None)


def before_this(situation: Situation) -> CheckedIn | None:
    """What she answered in the check-in before this one."""
    known, period = situation.facts["contact.answered"], situation.session.period or ""
    return next((one for one in known if one.period < period), None) if isinstance(known, tuple) else None
