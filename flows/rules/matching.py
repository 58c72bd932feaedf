"""Who could be whose twin, and why: suggestions for coordinators, who decide. domain.md P1.

Rules kept here:

* A language that both speak is a must: without one nobody is suggested. It can still be done by hand, and then the
  coordinator is asked to think of somebody who interprets.
* Beside it at least two things have to fit: the area of work, years or age, a topic, what one offers and the other
  wants, when they have time, how they like to be in touch. More of them stand first, then who has waited longest.
* What fits is said in words. There is no score, and what fits one of the two fits the other just as well.
* Who has told nothing is not hidden: all others stand below, by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from flows.people import Candidate, Profile
from flows.values import Listed, Text, Value

LEAST = 2
"""Things that have to fit beside the language."""

SHOWN = 5
"""Suggestions with their reasons in one message: what is read on a small screen."""

ANY_TIME = "any"
AS_IT_COMES = "as_it_comes"

FLOWS: Mapping[str, tuple[str, ...]] = {
    "about_me": ("languages", "years", "age"),
    "profile": ("topics", "area", "style", "availability"),
    "offers": ("offers", "wants"),
}
"""The flows in which a profile is told, and what of each is read: choices only."""

_NEVER = datetime.max.replace(tzinfo=UTC)


def profile_of(chosen: Mapping[tuple[str, str], str]) -> Profile | None:
    """Her profile from her latest choices by (flow, save), several joined by a comma; `None` where she told nothing."""
    told = {
        save: frozenset(chosen[flow, save].split(",")) - {""}
        for flow, saves in FLOWS.items()
        for save in saves
        if (flow, save) in chosen
    }
    return Profile(**told) if told else None


@dataclass(frozen=True, slots=True)
class InCommon:
    """What two have in common: ids of choices. `languages` is the must, the others count."""

    languages: frozenset[str]
    area: frozenset[str]
    stage: str | None
    """`years` or `age`, whichever is the same."""
    topics: frozenset[str]
    exchange: frozenset[str]
    """Topics that one of them offers and the other one wants."""
    times: frozenset[str]
    style: frozenset[str]

    @property
    def count(self) -> int:
        found = (self.area, self.stage, self.topics, self.exchange, self.times, self.style)
        return sum(bool(one) for one in found)

    @property
    def fits(self) -> bool:
        return bool(self.languages) and self.count >= LEAST


NOTHING = InCommon(*(frozenset(), frozenset(), None, frozenset(), frozenset(), frozenset(), frozenset()))


def in_common(one: Profile | None, other: Profile | None) -> InCommon:
    """The same whoever of the two comes first."""
    if one is None or other is None:
        return NOTHING
    return InCommon(
        one.languages & other.languages,
        (one.area & other.area) - {"other"},
        "years" if one.years & other.years else "age" if one.age & other.age else None,
        one.topics & other.topics,
        (one.offers & other.wants) | (other.offers & one.wants),
        _met(one.availability, other.availability, ANY_TIME),
        _met(one.style, other.style, AS_IT_COMES),
    )


def _met(one: frozenset[str], other: frozenset[str], anything: str) -> frozenset[str]:
    """What both named; where one of them is happy with anything, what the other one named."""
    if one and other and anything in one | other:
        return (one | other) - {anything} or one
    return one & other


def suggested(twin: Candidate, others: Iterable[Candidate]) -> list[tuple[Candidate, InCommon]]:
    """Those of `others` who fit `twin`, with what they have in common."""
    found = [(other, in_common(twin.profile, other.profile)) for other in others]
    fitting = [(other, common) for other, common in found if common.fits]
    return sorted(fitting, key=lambda one: (-one[1].count, one[0].waiting_since or _NEVER, one[0].id))


def in_words(common: InCommon) -> Value:
    """What two have in common, as it is read."""
    said: list[Value] = [Listed(_texts("choices.spoken_languages", common.languages), ", ")]
    said += _texts("choices.work_areas", common.area)
    said += [Text(f"pairing.same_{common.stage}")] if common.stage is not None else []
    if common.topics:
        said.append(Listed(_texts("choices.topics", common.topics), ", "))
    if common.exchange:
        said.append(Text("pairing.exchange", {"topics": Listed(_texts("choices.topics", common.exchange), ", ")}))
    said += _texts("choices.times_of_day", common.times)
    said += _texts("choices.contact_styles", common.style)
    return Listed(tuple(said), " · ")


def _texts(choices: str, ids: frozenset[str]) -> tuple[Value, ...]:
    return tuple(Text(f"{choices}.{one}") for one in sorted(ids))
