"""Ending a pair, as coordinators do it, and the undoing. domain.md sections 4 and 7.

Rules kept here:

* Coordinators of all sides have the same rights, and hear of each other what they do.
* What a twin let coordinators know of her wish to go on otherwise stands beside her pair; who says that the two go on
  takes it down.
* Nothing of the two goes but the pair itself: what each wrote stays hers, and where the two stood is kept. Both can be
  paired anew from that moment on, and are not suggested to each other again.
* Both are told at once, each in her own turn, without a reason. Why is asked of each alone, and only where it ends
  before its time: who stood in closing was asked there.
* Undone can be what is two days old (the flow `unpaired` ends then), as long as neither has been asked or paired since.
* What is decided is read under a lock of the pairs (`moving.pairs`), and undone under that of the programme
  (`candidates.*`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flows.effects import Begin, ChangePair, Effect, ResumePair, Say, Tell
from flows.events.pairs import PairEnded, PairNews, PairResumed
from flows.events.people import WishSettled
from flows.flags import WISHES
from flows.overview import PairSeen, TwinSeen
from flows.people import PersonId
from flows.rules.alumni import ALUMNI
from flows.rules.moving import chosen_pair
from flows.rules.overview import SEEN_NEEDS, names_of, overview_of
from flows.rules.pairing import GONE, news_given, to_others, unpaired
from flows.rules.phases import BEFORE_THE_END, named
from flows.rules.situation import ChoicesRule, DecisionRule, EffectRule, Offer, Rules, Situation, ValueRule
from flows.standing import COORDINATOR, Standing
from flows.values import Listed, Text, Value

CLOSING = "closing"
YES, NO, GO_ON = "yes", "no", "go_on"


def pair_lines(situation: Situation) -> Value:
    """The pair that she chose, where it stands, and who of the two let coordinators know that she wishes otherwise."""
    found = chosen_pair(situation)
    if found is None or found.standing is None:
        return GONE
    pair = Text("ending.pair", {"names": names_of(found), "phases": named(found.standing.current)})
    wished = (Text(f"overview.flag_{kind}", {"twin": twin.name}) for twin, kind in _wished(situation, found))
    return Listed((pair, *wished), "\n")


def _wished(situation: Situation, pair: PairSeen) -> list[tuple[TwinSeen, str]]:
    up = overview_of(situation.facts).flags
    return [(twin, kind) for twin in pair.twins for kind in WISHES.values() if kind in up.get(twin.id, ())]


def ways(situation: Situation) -> tuple[Offer, ...]:
    """What she can do about the pair. That the two go on is said only where one of them wished otherwise."""
    found = chosen_pair(situation)
    wished = found is not None and _wished(situation, found)
    return tuple(Offer(one, way_label(one, situation)) for one in (YES, NO, *((GO_ON,) if wished else ())))


def way_label(chosen: str, _: Situation) -> Value:
    return Text(f"ending.sure_{chosen}")


def sure(situation: Situation) -> str:
    return situation.answers.get("sure", NO)


def done_by(situation: Situation) -> Value:
    """Who has ended the pair; to herself, that she has."""
    given = situation.session.given
    names: dict[str, Value] = {"one": given["one"], "other": given["other"]}
    return Text("ending.done_by", {"by": given["by"], **names}) if given["by"] else Text("ending.done", names)


def go_on(situation: Situation) -> tuple[Effect | Begin, ...]:
    """The two stay a pair. Whoever of them wished otherwise is told, and the other coordinators, and nothing is left to
    look at; where nobody did nothing was changed."""
    number, found = situation.session.number, chosen_pair(situation)
    wished = [] if found is None else _wished(situation, found)
    if found is None or not wished:
        unchanged = Text(f"{situation.flow.id}.say_nothing_done", version=situation.session.version)
        return (Say(unchanged, session=number),)
    by, (one, other) = situation.text("person.name"), found.twins
    news = PairNews("going_on", one.id, one.name, other.id, other.name, by)
    return (
        *(Tell(twin.id, WishSettled(by)) for twin, _ in wished),
        *to_others(situation, news, "programme.coordinators"),
        Say(Text("ending.goes_on", {"names": names_of(found)}), session=number),
    )


def end(situation: Situation) -> tuple[Effect | Begin, ...]:
    """End the pair and tell everybody concerned, with a way back; or say that somebody was quicker."""
    found, known = chosen_pair(situation), situation.facts["moving.pairs"]
    standing = known.get(found.id) if found is not None and isinstance(known, Mapping) else None
    if found is None or standing is None:
        return (Say(Text("phase.pair_gone"), session=situation.session.number),)
    one, other = found.twins
    news = PairNews("unpaired", one.id, one.name, other.id, other.name, situation.text("person.name"))
    return (
        ChangePair(found.id, {"state": "ended", "ended_at": situation.now, "ended_because": COORDINATOR}),
        *_to_twins(found, standing, situation.now),
        *to_others(situation, news, "programme.coordinators"),
        Begin("unpaired", news_given(news, own=True)),
    )


def _to_twins(pair: PairSeen, standing: Standing, now: datetime) -> tuple[Tell, ...]:
    one, other = pair.twins
    early = _is_early(standing, now)
    return (
        Tell(one.id, PairEnded(pair.id, "unpaired", other.name, early)),
        Tell(other.id, PairEnded(pair.id, "unpaired", one.name, early)),
    )


def _is_early(standing: Standing, now: datetime) -> bool:
    if {CLOSING, ALUMNI} & set(standing.current):
        return False
    return standing.ends_at is None or now < standing.ends_at - BEFORE_THE_END


def undo(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Let the two go on as they were; say so when it is too late."""
    given, number = situation.session.given, situation.session.number
    one, other = PersonId(int(given["one_id"])), PersonId(int(given["other_id"]))
    found = next((pair for pair in reversed(unpaired(situation)) if set(pair.twins) == {one, other}), None)
    if found is None or not found.free:
        return (Say(Text("ending.undo_late"), session=number),)
    names = {"one": given["one"], "other": given["other"]}
    news = PairNews("resumed", one, given["one"], other, given["other"], situation.text("person.name"))
    return (
        ResumePair(found.pair, one, other),
        *(Tell(twin, PairResumed(found.pair)) for twin in (one, other)),
        *to_others(situation, news),
        Say(Text("ending.undone", {**names}), session=number),
    )


RULES = Rules(
    effects={
        "ending.go_on": EffectRule(go_on, needs=(*SEEN_NEEDS, "person.id", "person.name", "programme.coordinators")),
        "ending.end": EffectRule(
            end, needs=(*SEEN_NEEDS, "moving.pairs", "person.id", "person.name", "programme.coordinators")
        ),
        "ending.undo": EffectRule(
            undo, needs=("person.id", "person.name", "candidates.unpaired", "candidates.coordinators")
        ),
    },
    decisions={
        "ending.sure": DecisionRule(sure, (YES, NO, GO_ON)),
    },
    choices={
        "ending.ways": ChoicesRule(ways, way_label, needs=SEEN_NEEDS),
    },
    values={
        "ending.done_by": ValueRule(done_by),
        "ending.pair": ValueRule(pair_lines, needs=SEEN_NEEDS),
    },
)
