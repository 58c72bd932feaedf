"""The phases of a pair, told to its people: suggested, proposed, kept, moved; and `/phase`.

Rules kept here:

* The bot suggests and never moves; when it does says the agenda.
* What comes unbidden stands aside, and comes as a prompt (`unbidden`); a move makes all of it pointless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.effects import NoteSkip
from flows.events.pairs import PhaseKept, PhaseMoved, PhaseNews, PhaseProposed
from flows.people import Role
from flows.rules import moving
from flows.rules.moving import FLOWS, OFFER, PAGE, SUGGESTION, offer_given, standing_of, wish
from flows.rules.phases import named, read
from flows.rules.proposal import her_pair, theirs
from flows.unbidden import ask_beside, ask_in_front, end_open, say_unbidden
from flows.values import Listed, Text, Value

if TYPE_CHECKING:
    from flows.talk import Talk

OF_A_PAIR = "pair_phase"
"""`/phase` of a coordinator."""


def show(talk: Talk) -> None:
    """`/phase`: what her partner proposes, or where the two stand; a coordinator chooses a pair first."""
    if talk.facts["person.role"] == Role.COORDINATOR:
        talk.begin(OF_A_PAIR)
        return
    standing = standing_of(talk.facts)
    if standing is None or her_pair(talk.facts) is None:
        talk.say_first("phase.no_twin")
        return
    wanted = wish(theirs(talk.facts), standing, talk.now)
    if wanted is not None and moving.is_asked(talk.facts, standing, talk.now):
        ask_in_front(talk, OFFER, offer_given(talk.facts, standing, wanted))
    else:
        talk.begin(PAGE)


def proposed(talk: Talk, event: PhaseProposed) -> None:
    """Ask her whether she agrees to what her partner proposes, in the place of what was asked before."""
    facts = talk.facts
    standing = standing_of(facts)
    if standing is None or her_pair(facts) != event.pair:
        return
    if talk.has_stopped:
        talk.do(NoteSkip(OFFER, "stopped"))
        return
    wanted = wish(theirs(facts), standing, talk.now)
    if wanted is not None and moving.is_asked(facts, standing, talk.now):
        end_open(talk, OFFER)
        end_open(talk, SUGGESTION)
        ask_beside(talk, OFFER, offer_given(facts, standing, wanted))


def kept(talk: Talk, event: PhaseKept) -> None:
    """Her partner would rather stay where the two are."""
    standing = standing_of(talk.facts)
    if standing is not None and her_pair(talk.facts) == event.pair:
        twin = str(talk.facts["together.partner_name"])
        say_unbidden(talk, "phase.kept", twin=twin, phases=named(standing.current))


def moved(talk: Talk, event: PhaseMoved) -> None:
    """Say where the two stand now, and what that is for. What was asked about moving before ends."""
    for flow in FLOWS:
        end_open(talk, flow)
    if talk.facts["pair.id"] != event.pair:
        return
    after = read(event.after)
    about = Listed(tuple(Text(f"phase.about_{one}") for one in after), "\n")
    values: dict[str, Value] = {"twin": str(talk.facts["twin.name"]), "phases": named(after), "about": about}
    if event.by is None:
        say_unbidden(talk, "phase.moved", **values)
    else:
        say_unbidden(talk, "phase.moved_by", by=event.by, **values)


def news(talk: Talk, event: PhaseNews) -> None:
    """Tell a coordinator that a pair has moved, and who moved it."""
    values: dict[str, Value] = {
        "one": event.one_name,
        "other": event.other_name,
        "before": named(read(event.before)),
        "after": named(read(event.after)),
    }
    if event.by is None:
        say_unbidden(talk, "phase.news", **values)
    else:
        say_unbidden(talk, "phase.news_by", by=event.by, **values)
