"""A proposal, as a twin answers it, and how a pair ends. domain.md P1.

Rules kept here:

* Both decide, each for herself, until seven days are over; the second yes makes the pair. What is decided is read and
  written under a lock of the pair (`together.*`), so that it holds at the same second too.
* A yes can be taken back by tapping another answer, until the pair is made; it counts no more from that tap on.
* Whoever comes after the pair has ended is told kindly that nothing is open any more.
* The partner never learns a reason; coordinators of both sides do, where one was chosen. A line of her own is asked for
  when her no holds already, and read by those of her side alone.
* Who has not seen a proposal yet is told nothing of its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flows.effects import AnswerForPair, Begin, CancelTimer, ChangePair, Effect, Keep, MovePair, Say, Tell
from flows.events.pairs import PairEnded, PairMade, PairNews
from flows.people import FOR_COORDINATORS, PairAnswered, PairId, PersonId, PersonState
from flows.rules.pages import COORDINATORS, PAGE_NEEDS, show
from flows.rules.situation import DecisionRule, EffectRule, Facts, Rules, Situation, ValueRule
from flows.standing import FIRST, MADE
from flows.values import Country, LocalTime, Text, Value

TOGETHER_NEEDS = (
    *("person.id", "person.name", "together.pair", "together.state", "together.partner", "together.partner_name"),
    *("together.mine", "together.theirs", "together.coordinators"),
)
"""What is read of a pair to decide for the two."""

ANSWER_WITHIN = timedelta(days=7)
"""How long both twins may think about it (domain.md P1)."""

REMIND_AFTER = timedelta(hours=72)
"""The only reminder of a proposal: late enough to have been thought over, early enough to answer without haste."""

SUBJECT = "proposal"
SHOWN, YES, NO = "shown", "accept", "decline"

REASONS = "choices.decline_reasons"
RATHER_TELL = "rather_tell"


def her_pair(facts: Facts) -> PairId | None:
    """The pair that is hers, proposed or made."""
    pair = facts["together.pair"]
    return PairId(pair) if isinstance(pair, int) else None


def active_pair(facts: Facts) -> PairId | None:
    """Her pair, read under its lock, as long as it is made."""
    return her_pair(facts) if facts["together.state"] == "active" else None


def theirs(facts: Facts) -> Mapping[str, PairAnswered]:
    """What her partner answered for the two, by subject."""
    return _answers(facts, "together.theirs")


def mine(facts: Facts) -> Mapping[str, PairAnswered]:
    """What she answered for the two herself, by subject."""
    return _answers(facts, "together.mine")


def _answers(facts: Facts, name: str) -> Mapping[str, PairAnswered]:
    known = facts[name]
    return known if isinstance(known, Mapping) else {}


def partner(facts: Facts) -> PersonId:
    return PersonId(_number(facts["together.partner"]))


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("a pair without a partner")
    return value


# -- what the proposal says --------------------------------------------------------------------------------------------


def country(situation: Situation) -> Value:
    return Country(situation.session.given["country"])


def time_there(situation: Situation) -> Value:
    """What the clocks of the other one show now."""
    return LocalTime(situation.now, "time", situation.session.given["zone"])


def until(situation: Situation) -> Value:
    """The last day for an answer."""
    return LocalTime(datetime.fromisoformat(situation.session.given["until"]), "day")


# -- answers -----------------------------------------------------------------------------------------------------------


def _open(situation: Situation) -> PairId | None:
    """The pair that this session asks about, as long as it waits for answers."""
    pair = her_pair(situation.facts)
    waiting = situation.facts["together.state"] == "proposed" and str(pair) == situation.session.given["pair"]
    return pair if waiting else None


def is_open(situation: Situation) -> str:
    """Whether there is still something to decide."""
    return "over" if _open(situation) is None else "open"


def _not_open(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """What she answered before is taken back: so is a line of hers that coordinators were shown with it."""
    facts, number = situation.facts, situation.session.number
    said = Text("proposal.gone")
    if facts["together.state"] == "active" and str(her_pair(facts)) == situation.session.given["pair"]:
        said = Text("proposal.made", {"twin": situation.text("together.partner_name")})
    return (*show(situation, ()), Say(said, session=number))


def hold_back(situation: Situation) -> tuple[Effect | Begin, ...]:
    """A yes that she said before is no yes any more, while she thinks on."""
    pair, said = _open(situation), mine(situation.facts).get(SUBJECT)
    taken_back = pair is not None and said is not None and said.choice == YES
    return (AnswerForPair(pair, SUBJECT, SHOWN),) if pair is not None and taken_back else ()


def accept(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Her yes. The second one makes the pair, and both are told in their own next turn."""
    pair = _open(situation)
    if pair is None:
        return _not_open(situation)
    other, name, twin = partner(situation.facts), situation.text("person.name"), situation.text("together.partner_name")
    answered = AnswerForPair(pair, SUBJECT, YES)
    said = theirs(situation.facts).get(SUBJECT)
    if said is None or said.choice != YES:
        return (answered, Say(Text("proposal.accepted", {"twin": twin}), session=situation.session.number))
    own = PersonId(situation.number("person.id") or 0)
    return (
        answered,
        ChangePair(pair, {"state": "active", "accepted_at": situation.now}),
        MovePair(pair, (FIRST,), MADE),
        Tell(own, PairMade(pair, twin)),
        Tell(other, PairMade(pair, name)),
        *to_coordinators(situation.facts, PairNews("made", own, name, other, twin)),
    )


def ask_first(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """She wants to speak to a coordinator before she decides: those of her own side are told."""
    if _open(situation) is None:
        return _not_open(situation)
    known = situation.facts["side.coordinators"]
    news = _news("ask_first", situation.facts)
    told = tuple(Tell(PersonId(one), news) for one in known) if isinstance(known, tuple) else ()
    return (*hold_back(situation), *told, Say(Text("proposal.will_be_contacted"), session=situation.session.number))


def decline(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Her no: it ends the proposal, and only coordinators learn the reason."""
    pair = _open(situation)
    if pair is None:
        return _not_open(situation)
    reason = situation.answers.get("reason")
    told = None if reason is None else f"{REASONS}.{reason}"
    return (
        AnswerForPair(pair, SUBJECT, NO),
        AnswerForPair(pair, FOR_COORDINATORS, reason),
        *_ended(pair, "declined", situation.now),
        *_to_partner(situation.facts, pair, "declined"),
        *to_coordinators(situation.facts, _news("declined", situation.facts, told)),
        CancelTimer("reminder", str(situation.session.number)),  # of what may still be added nobody is reminded
    )


def what_follows(situation: Situation) -> str:
    """After her no: a line of her own may go with a reason that she gave, unless she would rather tell it herself."""
    if _open(situation) is None:
        return "over"
    gave = situation.answers.get("reason", RATHER_TELL) != RATHER_TELL
    return "words" if gave and situation.facts["side.coordinators"] else "nothing"


def close(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Pass her own line on to the coordinators of her side, with the reason, and say what the other one hears."""
    readers = (COORDINATORS,) if "words" in situation.answers else ()
    said = "proposal.declined_told" if readers else "proposal.declined"
    return (
        *show(situation, readers, ("reason", "words")),
        Say(Text(said, {"twin": situation.session.given["twin"]}), session=situation.session.number),
    )


def lapse(facts: Facts, pair: PairId, now: datetime) -> tuple[Effect, ...]:
    """Seven days are over and not both have answered. Nobody is named as the one who did not."""
    return (
        *_ended(pair, "lapsed", now),
        *_to_partner(facts, pair, "lapsed"),
        *to_coordinators(facts, _news("lapsed", facts)),
    )


def part(facts: Facts, now: datetime) -> tuple[Effect, ...]:
    """She goes for good: her pair, made or proposed, ends with it, and those who stay are told, without a reason and
    without her name. Nothing for somebody who has never been in."""
    pair = None if facts["person.state"] == PersonState.JOINING else her_pair(facts)
    if pair is None:
        return ()
    how = "parted" if facts["together.state"] == "active" else "withdrawn"
    own, name = PersonId(_number(facts["person.id"])), str(facts["together.partner_name"])
    news = PairNews("parted", own, "", partner(facts), name)
    told: tuple[Effect, ...] = _to_partner(facts, pair, how) if how == "withdrawn" else ()
    if how == "parted":
        told = (Tell(partner(facts), PairEnded(pair, how, "")),)
    return (*_ended(pair, "ended", now, "left"), *told, *to_coordinators(facts, news))


def _ended(pair: PairId, state: str, now: datetime, because: str | None = None) -> tuple[Effect, ...]:
    return (ChangePair(pair, {"state": state, "ended_at": now, "ended_because": because or state}),)


def _to_partner(facts: Facts, pair: PairId, how: str) -> tuple[Effect, ...]:
    """Tell the other one, if she has seen the proposal."""
    if SUBJECT not in theirs(facts):
        return ()
    return (Tell(partner(facts), PairEnded(pair, how, str(facts["person.name"]))),)


def _news(what: str, facts: Facts, reason: str | None = None) -> PairNews:
    own, name = PersonId(_number(facts["person.id"])), str(facts["person.name"])
    return PairNews(what, own, name, partner(facts), str(facts["together.partner_name"]), None, reason)


def to_coordinators(facts: Facts, news: PairNews) -> tuple[Effect, ...]:
    """To every coordinator of the programme, of both sides alike."""
    known = facts["together.coordinators"]
    return tuple(Tell(PersonId(one), news) for one in known) if isinstance(known, tuple) else ()


RULES = Rules(
    effects={
        "proposal.accept": EffectRule(accept, needs=TOGETHER_NEEDS),
        "proposal.ask_first": EffectRule(ask_first, needs=(*TOGETHER_NEEDS, "side.coordinators")),
        "proposal.hold_back": EffectRule(hold_back, needs=TOGETHER_NEEDS),
        "proposal.close": EffectRule(close, needs=PAGE_NEEDS),
        "proposal.decline": EffectRule(decline, needs=TOGETHER_NEEDS),
    },
    decisions={
        "proposal.is_open": DecisionRule(is_open, ("open", "over"), needs=("together.pair", "together.state")),
        "proposal.what_follows": DecisionRule(
            what_follows, ("words", "nothing", "over"), needs=("together.pair", "together.state", "side.coordinators")
        ),
    },
    values={
        "proposal.country": ValueRule(country),
        "proposal.time_there": ValueRule(time_there),
        "proposal.until": ValueRule(until),
    },
)
