"""Moving a pair between its phases: what its twins wish, what is suggested to them, and what a coordinator does.

Rules kept here:

* One twin proposes, the other agrees with one tap, stays, or proposes something else; what both wish alike holds. A
  wish counts for four weeks, and no longer than the pair stands where it was said.
* A suggestion comes through the agenda, of the same move once in four weeks at most, and not while one of the two has
  proposed.
* A coordinator of any side moves a pair at once, as long as it still stands where she saw it.
* What is decided is read and written under a lock of the pair: `together.*` for a twin, `moving.*` for a coordinator.
* Whatever moves a pair, both twins and the coordinators of all sides are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flows.agenda import Subject
from flows.effects import AnswerForPair, Begin, Effect, Keep, MovePair, Say, Tell
from flows.events.pairs import PhaseKept, PhaseMoved, PhaseNews, PhaseProposed
from flows.overview import PairSeen
from flows.people import PairAnswered, PersonId
from flows.rules import pair_balance
from flows.rules.overview import SEEN_NEEDS, names_of, overview_of
from flows.rules.pairing import find_by_name
from flows.rules.phases import criteria, move_label, moves, named, page_of, read, suggested, written
from flows.rules.proposal import TOGETHER_NEEDS, active_pair, mine, partner, theirs
from flows.rules.reciprocity import History
from flows.rules.situation import (
    ChoicesRule,
    DecisionRule,
    EffectRule,
    Facts,
    Offer,
    ReaderRule,
    Reading,
    Rules,
    Situation,
    ValueRule,
)
from flows.standing import AGREED, COORDINATOR, PHASES, Phases, Standing
from flows.thresholds import thresholds_of
from flows.values import Listed, Text, Value

COUNTS_FOR = timedelta(weeks=4)
"""A wish to move that is older is none any more."""

SUBJECT = "phase"
"""What a twin wishes for the two."""

PAGE, SUGGESTION, OFFER = "phase", "phase_suggested", "phase_offer"
FLOWS = (PAGE, SUGGESTION, OFFER)
"""The conversations of twins that a move makes pointless."""

ANOTHER = "another"


# -- what is offered ---------------------------------------------------------------------------------------------------


def _offers(current: Phases) -> tuple[Offer, ...]:
    offered = [Offer(written(one), move_label(current, one)) for one in moves(current)]
    return (*offered, Offer(ANOTHER, Text("phase.to_another")))


def _others(current: Phases) -> tuple[Offer, ...]:
    return tuple(Offer(one, Text(f"overview.phase_{one}")) for one in PHASES if one not in current)


def wants_another(situation: Situation) -> str:
    """Whether she looks for a phase that is not among the first choices."""
    return "yes" if situation.answers.get("move") == ANOTHER else "no"


def _chosen(situation: Situation) -> Phases:
    answers = situation.answers
    return read(answers.get("other", "") if answers.get("move") == ANOTHER else answers.get("move", ""))


def shown(situation: Situation) -> Phases:
    """Where the pair stood when she was asked."""
    return read(situation.session.given.get("shown", ""))


def offered_here(situation: Situation) -> tuple[Offer, ...]:
    return _offers(shown(situation))


def others_here(situation: Situation) -> tuple[Offer, ...]:
    return _others(shown(situation))


def label_here(chosen: str, situation: Situation) -> Value:
    return Text("phase.to_another") if chosen == ANOTHER else move_label(shown(situation), read(chosen))


def other_label(chosen: str, _: Situation) -> Value:
    return named(read(chosen))


# -- a twin and her partner --------------------------------------------------------------------------------------------


def standing_of(facts: Facts) -> Standing | None:
    """Where her pair stands; `None` without a pair that is made."""
    found = facts["phase.standing"]
    return found if isinstance(found, Standing) else None


def wish(answered: Mapping[str, PairAnswered], standing: Standing, now: datetime) -> Phases | None:
    """Where somebody wishes the pair to stand; `None` when she has not said, or what she said counts no more."""
    said = answered.get(SUBJECT)
    if said is None or said.choice is None or said.at < standing.moved_at or now - said.at > COUNTS_FOR:
        return None
    found = read(said.choice)
    return found if found and set(found) != set(standing.current) else None


def is_asked(facts: Facts, standing: Standing, now: datetime) -> bool:
    """Whether her partner proposed a move that she has not answered."""
    wanted = wish(theirs(facts), standing, now)
    if wanted is None:
        return False
    own = mine(facts).get(SUBJECT)
    return own is None or own.at < theirs(facts)[SUBJECT].at


def look(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Remember where the pair stands, so that what is offered and what is done mean the same."""
    standing = standing_of(situation.facts)
    return (Keep({"shown": "" if standing is None else written(standing.current)}),)


def page(situation: Situation) -> Value:
    """`/phase` of a twin."""
    standing = standing_of(situation.facts)
    if standing is None:
        return Text("phase.no_twin")
    twin = situation.text("together.partner_name")
    lines: list[Value] = [page_of(Text("phase.you_two", {"twin": twin}), standing, situation.now)]
    own = wish(mine(situation.facts), standing, situation.now)
    if own is not None:
        said = mine(situation.facts)[SUBJECT], theirs(situation.facts).get(SUBJECT)
        how = "waits" if said[1] is None or said[1].at < said[0].at else "not_now"
        lines.append(Text(f"phase.{how}", {"move": move_label(standing.current, own), "twin": twin}))
    return Listed(tuple(lines), "\n\n")


def offer_given(facts: Facts, standing: Standing, target: Phases) -> dict[str, str]:
    """What the flows `phase_offer` and `phase_suggested` know at their start."""
    return {
        "pair": str(standing.pair),
        "shown": written(standing.current),
        "target": written(target),
        "twin": str(facts["together.partner_name"]),
    }


def offered_move(situation: Situation) -> Value:
    """The move that is asked about."""
    return move_label(shown(situation), read(situation.session.given["target"]))


def phases_shown(situation: Situation) -> Value:
    return named(shown(situation))


def open_here(situation: Situation) -> Value:
    """What leads out of where the pair stands."""
    standing = standing_of(situation.facts)
    return "" if standing is None else criteria(standing, situation.now)


def propose(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Her wish, chosen from the page: it holds when her partner wishes the same, else he is asked."""
    return _wish(situation, _chosen(situation))


def take_up(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Her wish is what was suggested or proposed to her."""
    return _wish(situation, read(situation.session.given["target"]))


def stay(situation: Situation) -> tuple[Effect | Begin, ...]:
    """She would rather stay where the two are."""
    return _wish(situation, shown(situation))


def _wish(situation: Situation, target: Phases) -> tuple[Effect | Begin, ...]:
    facts, now, number = situation.facts, situation.now, situation.session.number
    pair, standing = active_pair(facts), standing_of(facts)
    if pair is None or standing is None:
        return (Say(Text("phase.no_twin"), session=number),)
    if not target or set(shown(situation)) != set(standing.current):
        return (Say(Text("phase.moved_meanwhile", {"phases": named(standing.current)}), session=number),)
    twin, kept = str(facts["together.partner_name"]), AnswerForPair(pair, SUBJECT, written(target))
    wanted = wish(theirs(facts), standing, now)
    if set(target) == set(standing.current):
        asked = is_asked(facts, standing, now)
        told = (Tell(partner(facts), PhaseKept(pair)),) if asked else ()
        text = Text("phase.stays_told" if asked else "phase.stays", {"twin": twin, "phases": named(standing.current)})
        return (kept, *told, Say(text, session=number))
    if wanted is not None and set(wanted) == set(target):
        return (kept, *_both_agree(facts, standing, target))
    move = move_label(standing.current, target)
    return (
        kept,
        Tell(partner(facts), PhaseProposed(pair)),
        Say(Text("phase.passed_on", {"twin": twin, "move": move}), session=number),
    )


def _both_agree(facts: Facts, standing: Standing, target: Phases) -> tuple[Effect, ...]:
    own, moved = facts["person.id"], PhaseMoved(standing.pair, written(target))
    news = PhaseNews(
        str(facts["person.name"]), str(facts["together.partner_name"]), written(standing.current), written(target)
    )
    return (
        MovePair(standing.pair, target, AGREED),
        Tell(PersonId(own if isinstance(own, int) else 0), moved),
        Tell(partner(facts), moved),
        *(Tell(one, news) for one in _ids(facts["together.coordinators"])),
    )


def _ids(people: object) -> tuple[PersonId, ...]:
    return people if isinstance(people, tuple) else ()


# -- suggestions -------------------------------------------------------------------------------------------------------


def suggestion(facts: Facts, now: datetime) -> tuple[Subject, ...]:
    """Where the two could go on to, since what their phase is for is done; nothing where one of them has proposed a
    move."""
    standing = standing_of(facts)
    target = None if standing is None else suggested(standing, now)
    if standing is None or target is None or active_pair(facts) != standing.pair:
        return ()
    if any(wish(said, standing, now) for said in (mine(facts), theirs(facts))):
        return ()
    return (Subject(written(target), offer_given(facts, standing, target)),)


# -- a coordinator -----------------------------------------------------------------------------------------------------


def _pairs(situation: Situation) -> list[PairSeen]:
    return [one for one in overview_of(situation.facts).pairs if one.standing is not None]


def chosen_pair(situation: Situation) -> PairSeen | None:
    """The pair that she chose, as `/pairs` has it."""
    chosen = situation.answers.get("pair", "")
    return next((one for one in _pairs(situation) if str(one.id) == chosen), None)


def any_pair(situation: Situation) -> str:
    return "some" if _pairs(situation) else "none"


def pairs(situation: Situation) -> tuple[Offer, ...]:
    """Every pair that is made, by the names of its twins."""
    return tuple(Offer(str(one.id), names_of(one)) for one in _pairs(situation))


def pair_label(chosen: str, situation: Situation) -> Value:
    found = next((one for one in _pairs(situation) if str(one.id) == chosen), None)
    return "…" if found is None else names_of(found)


def read_pair(typed: str, situation: Situation) -> Reading:
    """Part of the name of one of its twins."""
    by_name = [(str(pair.id), one.name) for pair in _pairs(situation) for one in pair.twins]
    return find_by_name(typed, by_name, "phase.name_hint")


def look_at_pair(situation: Situation) -> tuple[Effect | Begin | Keep, ...]:
    """Remember where the pair stands that she chose."""
    found = chosen_pair(situation)
    standing = None if found is None else found.standing
    return (Keep({"shown": "" if standing is None else written(standing.current)}),)


def pair_page(situation: Situation) -> Value:
    """`/phase` of a coordinator: the page of the twins with their names, and how giving and receiving stand."""
    found = chosen_pair(situation)
    if found is None or found.standing is None:
        return Text("phase.pair_gone")
    shown_ = page_of(names_of(found), found.standing, situation.now)
    balance = _balance(situation, found)
    return shown_ if balance is None else Listed((shown_, balance), "\n\n")


def _balance(situation: Situation, pair: PairSeen) -> Value | None:
    """How giving and receiving stand between the two, where that can be said."""
    known = situation.facts["balances.pairs"]
    history = known.get(pair.id) if isinstance(known, Mapping) else None
    if not isinstance(history, History):
        return None
    return pair_balance.in_words(history, pair.since, situation.now, thresholds_of(situation.facts).of_balance)


def move(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Move the pair, and tell everybody concerned; or say that it has been moved meanwhile."""
    facts, number, target = situation.facts, situation.session.number, _chosen(situation)
    found, known = chosen_pair(situation), facts["moving.pairs"]
    standing = known.get(found.id) if found is not None and isinstance(known, Mapping) else None
    if found is None or standing is None:
        return (Say(Text("phase.pair_gone"), session=number),)
    names, current = names_of(found), standing.current
    if not target or set(shown(situation)) != set(current):
        text = Text("phase.pair_moved_meanwhile", {"names": names, "phases": named(current)})
        return (Say(text, session=number),)
    if set(target) == set(current):
        return (Say(Text("phase.pair_stays", {"names": names, "phases": named(current)}), session=number),)
    by = situation.text("person.name")
    one, other = found.twins
    news = PhaseNews(one.name, other.name, written(current), written(target), by)
    return (
        MovePair(found.id, target, COORDINATOR),
        *(Tell(twin.id, PhaseMoved(found.id, written(target), by)) for twin in found.twins),
        *(Tell(lead, news) for lead in _ids(facts["programme.coordinators"]) if lead != facts["person.id"]),
        Say(Text("phase.pair_moved", {"names": names, "phases": named(target)}), session=number),
    )


_PHASE = ("phase.standing",)
_MOVE = (*TOGETHER_NEEDS, *_PHASE)

RULES = Rules(
    effects={
        "phase.look": EffectRule(look, needs=_PHASE),
        "phase.look_at_pair": EffectRule(look_at_pair, needs=SEEN_NEEDS),
        "phase.move": EffectRule(
            move, needs=(*SEEN_NEEDS, "moving.pairs", "person.id", "person.name", "programme.coordinators")
        ),
        "phase.propose": EffectRule(propose, needs=_MOVE),
        "phase.stay": EffectRule(stay, needs=_MOVE),
        "phase.take_up": EffectRule(take_up, needs=_MOVE),
    },
    decisions={
        "phase.any_pair": DecisionRule(any_pair, ("some", "none"), needs=SEEN_NEEDS),
        "phase.wants_another": DecisionRule(wants_another, ("yes", "no")),
    },
    readers={
        "phase.pair": ReaderRule(read_pair, needs=SEEN_NEEDS),
    },
    choices={
        "phase.moves": ChoicesRule(offered_here, label_here),
        "phase.others": ChoicesRule(others_here, other_label),
        "phase.pairs": ChoicesRule(pairs, pair_label, needs=SEEN_NEEDS),
    },
    values={
        "phase.move": ValueRule(offered_move),
        "phase.open": ValueRule(open_here, needs=_PHASE),
        "phase.page": ValueRule(page, needs=(*_PHASE, "together.mine", "together.partner_name")),
        "phase.pair_page": ValueRule(pair_page, needs=(*SEEN_NEEDS, "balances.pairs")),
        "phase.shown": ValueRule(phases_shown),
    },
)
