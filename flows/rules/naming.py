"""Naming, and the agreement of two twins on how they keep in touch. domain.md P2.

Rules kept here:

* Her words are shown to her partner when both have answered, and not before; she was told so before she typed. What she
  writes anew takes the place of what was shown.
* One proposes, the other agrees with one tap or proposes a change; what both said alike, or the later one agreed to,
  holds. Agreed can only be what was shown.
* That she needs support with data is hers, and no wish for the two: the coordinators of her side hear it, nobody else.
* What holds drives the check-ins: how often, and how many quiet days are let pass, never fewer than two agreed
  intervals.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flows.agenda import Subject
from flows.effects import AnswerForPair, Begin, ChangePair, Effect, Say, Tell
from flows.entries import anchor_of
from flows.events.pairs import AgreementMade, AgreementProposed, NamingShared
from flows.people import NAMED, PairAnswered, PairId, PersonId
from flows.rules.cadence import Every
from flows.rules.coordinating import ask_coordinators
from flows.rules.proposal import TOGETHER_NEEDS, active_pair, her_pair, mine, partner, theirs
from flows.rules.situation import DecisionRule, EffectRule, Facts, Rules, Situation, ValueRule
from flows.standing import BOTH, Standing
from flows.values import Listed, Text, Value

LEFT_OPEN = timedelta(days=4)
"""What her partner has put to her and she has left so long is put to her once more, on the next of her days."""

SUBJECTS: Mapping[str, str] = {
    "frequency": "choices.frequencies",
    "channels": "choices.channels",
    "times": "choices.times_of_day",
    "language": "choices.spoken_languages",
    "quiet": "choices.quiet_limits",
    "requests": "choices.request_rules",
}
"""What an agreement is about, to the shared list of its choices, in the order in which it is read."""

INTERVAL_DAYS: Mapping[Every, int] = {Every.WEEKLY: 7, Every.FORTNIGHTLY: 14, Every.MONTHLY: 30}

NEEDS_DATA = "agreement.data"
"""What she answers for herself beside her wishes, under this subject."""

Wishes = Mapping[str, str]
"""Subject of an agreement to the id of what is wished; what was passed over is missing."""


def quiet_limit(chosen: int, every: Every) -> int:
    """The days that are let pass before a coordinator may ask: as chosen, never fewer than two agreed intervals."""
    return max(chosen, 2 * INTERVAL_DAYS[every])


# -- naming ------------------------------------------------------------------------------------------------------------


def opening(situation: Situation) -> Value:
    """What the questions are for, the first time and again."""
    twin, said = situation.name("together.partner_name"), mine(situation.facts)
    if NAMED not in said:
        return Text("naming.opening", {"twin": twin})
    return Text("naming.opening_again", {"twin": twin, "lines": _lines(said)})


def keep(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Keep her words for the two; shown they are when both have answered. Then on to the agreement."""
    pair = active_pair(situation.facts)
    number = situation.session.number
    if pair is None:
        return (Say(Text("agreement.no_twin"), session=number),)
    answers = situation.answers
    kept: tuple[Effect, ...] = (
        AnswerForPair(pair, NAMED, words=answers["call_me"]),
        AnswerForPair(pair, "meaning", words=answers.get("meaning")),
        AnswerForPair(pair, "promise", answers.get("promise"), answers.get("promise_words")),
    )
    twin, again = situation.text("together.partner_name"), NAMED in mine(situation.facts)
    if again and NAMED in theirs(situation.facts):
        changed = Tell(partner(situation.facts), NamingShared(pair, changed=True))
        shared: tuple[Effect, ...] = (changed, Say(Text("naming.changed", {"twin": twin}), session=number))
    elif NAMED in theirs(situation.facts):
        told = Tell(partner(situation.facts), NamingShared(pair))
        shared = (show_words(situation.facts, pair), told)
    else:
        shared = (Say(Text("naming.kept", {"twin": twin}), session=number),)
    return (*kept, *shared, *_go_on(situation.facts))


def _go_on(facts: Facts) -> tuple[Effect | Begin, ...]:
    """To what her partner proposed, or to making the first proposal; nowhere when she has said hers already."""
    if wishes(mine(facts)):
        return ()
    proposed = wishes(theirs(facts))
    return (Begin("agreement_offer", offer_given(facts)),) if proposed else (Begin("agreement"),)


def show_words(facts: Facts, pair: PairId) -> Say:
    """What her partner wrote about names and wishes. It can not be forwarded, and can be taken back later."""
    lines = _lines(theirs(facts))
    text = Text("naming.words", {"twin": str(facts["together.partner_name"]), "lines": lines})
    return Say(text, anchor=anchor_of(facts["together.partner"], "naming", pair), protected=True)


def _lines(said: Mapping[str, PairAnswered]) -> Value:
    """What somebody wrote in naming, one line a question that she answered."""
    lines: list[Value] = []
    for subject in (NAMED, "meaning", "promise"):
        answered = said.get(subject)
        if answered is None or (answered.choice is None and answered.words is None):
            continue
        parts: list[Value] = [] if answered.choice in {None, OWN_WORDS} else [Text(f"{PROMISES}.{answered.choice}")]
        parts += [answered.words] if answered.words is not None else []
        if parts:
            lines.append(Text(f"naming.line_{subject}", {"words": Listed(tuple(parts), " – ")}))
    return Listed(tuple(lines), "\n")


PROMISES, OWN_WORDS = "choices.promises", "own"


def has_promise(situation: Situation) -> str:
    """Whether she chose a promise, to which words could be added."""
    return "yes" if "promise" in situation.answers else "no"


# -- the agreement -----------------------------------------------------------------------------------------------------


def wishes(answered: Mapping[str, PairAnswered]) -> Wishes:
    """What somebody wishes for the agreement; nothing when she has not said yet."""
    return {
        subject: choice
        for subject in SUBJECTS
        if (kept := answered.get(f"agreement.{subject}")) is not None and (choice := kept.choice) is not None
    }


def is_newer(facts: Facts) -> bool:
    """Whether her partner's wishes are there, differ from hers, and were said after hers."""
    own, other = wishes(mine(facts)), wishes(theirs(facts))
    if not other or _same(own, other):
        return False
    return not own or _said_at(theirs(facts)) > _said_at(mine(facts))


def _is_to_agree(facts: Facts) -> bool:
    """Whether the two have no agreement yet. What both said is read under their lock, where they have none only."""
    return facts["agreement.cadence"] is None and active_pair(facts) is not None


def is_naming_open(facts: Facts, _: datetime) -> bool:
    """Whether she has not come to naming. Where both have is known without a lock."""
    standing = facts["phase.standing"]
    both_have = isinstance(standing, Standing) and standing.named >= BOTH
    return not both_have and _is_to_agree(facts) and NAMED not in mine(facts)


def is_agreement_open(facts: Facts, _: datetime) -> bool:
    """Whether she has come to naming, and neither of the two to the agreement."""
    return _is_to_agree(facts) and NAMED in mine(facts) and not wishes(mine(facts)) and not wishes(theirs(facts))


def waiting_proposal(facts: Facts, now: datetime) -> tuple[Subject, ...]:
    """What her partner proposed and she has left open for a week."""
    if not _is_to_agree(facts) or NAMED not in mine(facts) or not is_newer(facts):
        return ()
    waited = now.timestamp() - _said_at(theirs(facts)) >= LEFT_OPEN.total_seconds()
    return (Subject(given=offer_given(facts)),) if waited else ()


def _said_at(answered: Mapping[str, PairAnswered]) -> float:
    return max(one.at.timestamp() for subject, one in answered.items() if subject.startswith("agreement."))


def _same(one: Wishes, other: Wishes) -> bool:
    return _picked(one) == _picked(other)


def _picked(wished: Wishes) -> Mapping[str, frozenset[str]]:
    return {name: frozenset(wished[name].split(",")) for name in SUBJECTS if name in wished}


def _written(wished: Wishes) -> str:
    """Wishes as one line: what an offer shows, and what its tap agrees to."""
    return " ".join(f"{name}={wished[name]}" for name in SUBJECTS if name in wished)


def _read(line: str) -> Wishes:
    return dict(part.split("=", 1) for part in line.split())


def offer_given(facts: Facts) -> dict[str, str]:
    """What the flow `agreement_offer` knows at its start."""
    return {
        "shown": _written(wishes(theirs(facts))),
        "pair": str(her_pair(facts)),
        "twin": str(facts["together.partner_name"]),
    }


def offered(situation: Situation) -> Value:
    """The proposal in words, as it was when it was shown."""
    return in_words(_read(situation.session.given["shown"]))


def stands(situation: Situation) -> Value:
    """What the two agree on, or what she proposed and her partner has not agreed to yet."""
    own = wishes(mine(situation.facts))
    how = "holds" if _same(own, wishes(theirs(situation.facts))) else "waits"
    return Text(f"agreement.{how}", {"twin": situation.session.given["twin"], "agreement": in_words(own)})


def in_words(wished: Wishes) -> Value:
    """An agreement as it is read: one line a subject."""
    lines: list[Value] = []
    for subject, choices in SUBJECTS.items():
        if subject not in wished:
            continue
        value: Value = Listed(tuple(Text(f"{choices}.{one}") for one in wished[subject].split(",")), " · ")
        if subject == "quiet":
            value = _limit_of(wished)
        lines.append(Text(f"agreement.line_{subject}", {"value": value}))
    return Listed(tuple(lines), "\n")


def _limit_of(wished: Wishes) -> int:
    return quiet_limit(int(wished["quiet"].removeprefix("days_")), Every(wished["frequency"]))


def propose(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Her wishes for the two: they hold when her partner said the same, else her partner is asked."""
    pair = active_pair(situation.facts)
    number = situation.session.number
    if pair is None:
        return (Say(Text("agreement.no_twin"), session=number),)
    wished = {subject: situation.answers[subject] for subject in SUBJECTS if subject in situation.answers}
    support = _support(situation, pair)
    if _same(wished, wishes(theirs(situation.facts))):
        return (*support, *_hold(situation.facts, pair, wished))
    twin = situation.text("together.partner_name")
    return (
        *support,
        *_kept(pair, wished),
        Tell(partner(situation.facts), AgreementProposed(pair)),
        Say(Text("agreement.passed_on", {"twin": twin, "agreement": in_words(wished)}), session=number),
    )


def _support(situation: Situation, pair: PairId) -> tuple[Effect, ...]:
    """Whether she needs support with data; the coordinators of her side hear of it when it is new."""
    needs, before = situation.answers.get("data"), mine(situation.facts).get(NEEDS_DATA)
    kept = AnswerForPair(pair, NEEDS_DATA, needs)
    if needs != "yes" or (before is not None and before.choice == needs):
        return (kept,)
    return (kept, *ask_coordinators(situation, "agreement.needs_data"))


def agree(situation: Situation) -> tuple[Effect | Begin, ...]:
    """Agree to what was shown, as long as her partner has not changed it since."""
    pair = active_pair(situation.facts)
    number = situation.session.number
    if pair is None or str(pair) != situation.session.given["pair"]:
        return (Say(Text("agreement.no_twin"), session=number),)
    wished = wishes(theirs(situation.facts))
    if _written(wished) != situation.session.given["shown"]:
        return (Say(Text("agreement.changed_since"), session=number),)
    return _hold(situation.facts, pair, wished)


def _kept(pair: PairId, wished: Wishes) -> tuple[Effect, ...]:
    return tuple(AnswerForPair(pair, f"agreement.{subject}", wished.get(subject)) for subject in SUBJECTS)


def _hold(facts: Facts, pair: PairId, wished: Wishes) -> tuple[Effect, ...]:
    own = facts["person.id"]
    return (
        *_kept(pair, wished),
        ChangePair(pair, {"cadence": wished["frequency"], "quiet_days": _limit_of(wished)}),
        Tell(PersonId(own if isinstance(own, int) else 0), AgreementMade(pair)),
        Tell(partner(facts), AgreementMade(pair)),
    )


RULES = Rules(
    effects={
        "naming.keep": EffectRule(keep, needs=TOGETHER_NEEDS),
        "agreement.propose": EffectRule(propose, needs=(*TOGETHER_NEEDS, "side.coordinators")),
        "agreement.agree": EffectRule(agree, needs=TOGETHER_NEEDS),
    },
    decisions={
        "naming.has_promise": DecisionRule(has_promise, ("yes", "no")),
    },
    values={
        "agreement.offered": ValueRule(offered),
        "agreement.stands": ValueRule(stands, needs=("together.mine", "together.theirs")),
        "naming.opening": ValueRule(opening, needs=("together.partner_name", "together.mine")),
    },
)
