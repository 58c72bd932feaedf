"""Pairing, as coordinators do it: who can be proposed, to whom, and the undoing. domain.md P1.

Rules kept here:

* Coordinators of all sides have the same rights, and hear of each other what they do.
* Offered is who has joined as a twin, can be reached and is in no pair, neither made nor proposed; nobody of another
  programme is ever among them. A pause is said, and hinders nothing: somebody else decides on it with her.
* A name is found by any part of it; the closest kind of likeness wins alone (`places`).
* Undone can be what waits for an answer. What both have accepted is theirs.
* Whose pair a coordinator ended are not suggested to each other again; by hand they can be chosen.
"""

from __future__ import annotations

from collections.abc import Iterable

from flows.effects import Begin, ChangePair, Effect, ProposePair, Say, Tell
from flows.events.pairs import PairEnded, PairNews, PairProposed
from flows.people import Candidate, OpenProposal, PersonId, Unpaired
from flows.rules import matching
from flows.rules.places import fold, is_one_slip
from flows.rules.situation import (
    ChoicesRule,
    DecisionRule,
    EffectRule,
    NotUnderstood,
    Offer,
    OneOf,
    ReaderRule,
    Reading,
    Rules,
    Situation,
    Understood,
    ValueRule,
)
from flows.values import Country, Listed, Text, Value

LEAST_FOR_SLIP = 4
"""Letters from which one slip of the thumb still tells names apart."""

GONE = "…"


def can_pair(situation: Situation) -> str:
    """Whether there is anybody to be paired, and a coordinator on every side to turn to."""
    if not situation.facts["programme.ready"]:
        return "no_coordinator"
    return "ready" if _near(situation) and _far(situation) else "nobody"


def near(situation: Situation) -> tuple[Offer, ...]:
    """The twins of the coordinator's own side who can be paired, by name."""
    return _offers(_near(situation))


def far(situation: Situation) -> tuple[Offer, ...]:
    """Those of every other side: who fits the chosen one stands first, the others by name."""
    first = [Offer(str(one.id), one.name) for one, _ in _suggested(situation)]
    known = {one.id for one in first}
    return (*first, *(one for one in _offers(_far(situation)) if one.id not in known))


def suggestions(situation: Situation) -> Value:
    """Who of the other sides fits the chosen one, with the reasons."""
    found = _suggested(situation)[: matching.SHOWN]
    if not found:
        return Text("pairing.no_suggestion")
    lines = tuple(Text("pairing.fit", {"twin": one.name, "common": matching.in_words(same)}) for one, same in found)
    return Text("pairing.suggested", {"lines": Listed(lines, "\n")})


def languages(situation: Situation) -> Value:
    """What the two chosen ones both speak, as far as it is known."""
    one, other = (_found(situation, situation.answers.get(save, "")) for save in ("near", "far"))
    if one is None or other is None or one.profile is None or other.profile is None:
        return Text("pairing.languages_unknown")
    common = sorted(one.profile.languages & other.profile.languages)
    if not common:
        return Text("pairing.languages_none")
    return Text(
        "pairing.languages", {"languages": Listed(tuple(Text(f"choices.spoken_languages.{one}") for one in common))}
    )


def _suggested(situation: Situation) -> list[tuple[Candidate, matching.InCommon]]:
    chosen = _found(situation, situation.answers.get("near", ""))
    if chosen is None:
        return []
    before = {twin for pair in unpaired(situation) if chosen.id in pair.twins for twin in pair.twins}
    return matching.suggested(chosen, [one for one in _far(situation) if one.id not in before])


def label(chosen: str, situation: Situation) -> Value:
    """Name and country, and a pause."""
    found = _found(situation, chosen)
    if found is None:
        return GONE
    said: list[Value] = [found.name]
    if found.country is not None:
        said.append(Country(found.country))
    if found.paused:
        said.append(Text("pairing.paused"))
    return Listed(tuple(said), " · ")


def read_near(typed: str, situation: Situation) -> Reading:
    """Part of the name of a twin of her own side."""
    return _read(typed, _near(situation))


def read_far(typed: str, situation: Situation) -> Reading:
    """Part of the name of a twin of another side."""
    return _read(typed, _far(situation))


def near_name(situation: Situation) -> Value:
    return _name(situation, "near")


def far_name(situation: Situation) -> Value:
    return _name(situation, "far")


def far_side(situation: Situation) -> Value:
    found = _found(situation, situation.answers.get("far", ""))
    return GONE if found is None else found.side_name


def propose(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Ask both twins, and tell every coordinator; or say that somebody was quicker."""
    one, two = (_found(situation, situation.answers.get(save, "")) for save in ("near", "far"))
    if one is None or two is None:
        return (Say(Text("pairing.taken"), session=situation.session.number),)
    by = situation.text("person.name")
    news = PairNews("proposed", one.id, one.name, two.id, two.name, by)
    return (
        ProposePair(one.id, two.id),
        Tell(one.id, PairProposed(two.id)),
        Tell(two.id, PairProposed(one.id)),
        *to_others(situation, news),
        Begin("proposed", news_given(news, own=True)),
    )


def news_given(news: PairNews, *, own: bool = False) -> dict[str, str]:
    """What the flows `proposed` and `unpaired` know at their start; of what is her `own` doing nobody's name."""
    return {
        "one": news.one_name,
        "other": news.other_name,
        "by": "" if own else news.by or GONE,
        "one_id": str(news.one),
        "other_id": str(news.other),
    }


def proposed_by(situation: Situation) -> Value:
    """Who proposes the two; to herself, that she does."""
    given = situation.session.given
    names: dict[str, Value] = {"one": given["one"], "other": given["other"]}
    return Text("pairing.proposed_by", {"by": given["by"], **names}) if given["by"] else Text("pairing.proposed", names)


def undo(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Take the proposal back while it waits for an answer; say so when it is too late."""
    given = situation.session.given
    ids = {PersonId(int(given["one_id"])), PersonId(int(given["other_id"]))}
    found = next((one for one in _proposals(situation) if set(one.twins) == ids), None)
    if found is None:
        return (Say(Text("pairing.undo_late"), session=situation.session.number),)
    names = {PersonId(int(given["one_id"])): given["one"], PersonId(int(given["other_id"])): given["other"]}
    by = situation.text("person.name")
    one, other = found.twins
    return (
        ChangePair(found.pair, {"state": "withdrawn", "ended_at": situation.now, "ended_because": "withdrawn"}),
        *(
            Tell(twin, PairEnded(found.pair, "withdrawn", names[other if twin == one else one]))
            for twin in found.twins
            if twin in found.shown
        ),
        *to_others(situation, PairNews("withdrawn", one, names[one], other, names[other], by)),
        Say(Text("pairing.undone", {"one": given["one"], "other": given["other"]}), session=situation.session.number),
    )


def to_others(situation: Situation, news: PairNews, everybody: str = "candidates.coordinators") -> tuple[Tell, ...]:
    """To every other coordinator of the programme, whom the fact `everybody` names."""
    known = situation.facts[everybody]
    told = known if isinstance(known, tuple) else ()
    return tuple(Tell(PersonId(one), news) for one in told if one != situation.facts["person.id"])


# -- who there is ------------------------------------------------------------------------------------------------------


def _twins(situation: Situation) -> tuple[Candidate, ...]:
    known = situation.facts["candidates.twins"]
    return known if isinstance(known, tuple) else ()


def _proposals(situation: Situation) -> tuple[OpenProposal, ...]:
    known = situation.facts["candidates.proposals"]
    return known if isinstance(known, tuple) else ()


def unpaired(situation: Situation) -> tuple[Unpaired, ...]:
    """The pairs that a coordinator ended, the earliest first."""
    known = situation.facts["candidates.unpaired"]
    return known if isinstance(known, tuple) else ()


def _near(situation: Situation) -> list[Candidate]:
    return [one for one in _twins(situation) if one.side == situation.facts["side.id"]]


def _far(situation: Situation) -> list[Candidate]:
    return [one for one in _twins(situation) if one.side != situation.facts["side.id"]]


def _found(situation: Situation, chosen: str) -> Candidate | None:
    return next((one for one in _twins(situation) if str(one.id) == chosen), None)


def _name(situation: Situation, save: str) -> Value:
    found = _found(situation, situation.answers.get(save, ""))
    return GONE if found is None else found.name


def _offers(twins: Iterable[Candidate]) -> tuple[Offer, ...]:
    return tuple(Offer(str(one.id), one.name) for one in sorted(twins, key=lambda one: (fold(one.name), one.id)))


def _read(typed: str, twins: Iterable[Candidate]) -> Reading:
    return find_by_name(typed, [(offer.id, str(offer.label)) for offer in _offers(twins)], "pairing.name_hint")


def find_by_name(typed: str, named: Iterable[tuple[str, str]], hint: str) -> Reading:
    """Whose name is typed, whole or in part, among (id, name); the closest kind of likeness wins alone. `hint` is said
    where nobody's is."""
    wanted = fold(typed)
    by_name = [(chosen, fold(name)) for chosen, name in named]
    likenesses = (
        lambda name: name == wanted,
        lambda name: name.startswith(wanted),
        lambda name: f" {wanted}" in name,
        lambda name: wanted in name,
        lambda name: len(wanted) >= LEAST_FOR_SLIP and is_one_slip(wanted, name),
    )
    for alike in likenesses if wanted else ():
        found = tuple(dict.fromkeys(chosen for chosen, name in by_name if alike(name)))
        if found:
            return Understood(found[0]) if len(found) == 1 else OneOf(found)
    return NotUnderstood(hint)


_PAIRING = ("person.id", "person.name", "candidates.twins", "candidates.proposals", "candidates.coordinators")
_NEAR_FAR = ("candidates.twins", "candidates.unpaired", "side.id")

RULES = Rules(
    effects={
        "pairing.propose": EffectRule(propose, needs=_PAIRING),
        "pairing.undo": EffectRule(undo, needs=_PAIRING),
    },
    decisions={
        "pairing.can_pair": DecisionRule(
            can_pair, ("ready", "nobody", "no_coordinator"), needs=(*_NEAR_FAR, "programme.ready")
        ),
    },
    readers={
        "pairing.near": ReaderRule(read_near, needs=_NEAR_FAR),
        "pairing.far": ReaderRule(read_far, needs=_NEAR_FAR),
    },
    choices={
        "pairing.near": ChoicesRule(near, label, needs=_NEAR_FAR),
        "pairing.far": ChoicesRule(far, label, needs=_NEAR_FAR),
    },
    values={
        "pairing.near": ValueRule(near_name, needs=_NEAR_FAR),
        "pairing.far": ValueRule(far_name, needs=_NEAR_FAR),
        "pairing.far_side": ValueRule(far_side, needs=_NEAR_FAR),
        "pairing.proposed_by": ValueRule(proposed_by),
        "pairing.languages": ValueRule(languages, needs=_NEAR_FAR),
        "pairing.suggestions": ValueRule(suggestions, needs=_NEAR_FAR),
    },
)
