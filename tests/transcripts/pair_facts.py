"""What a transcript says of a pair: facts that are given, and what the effects on a pair do to facts and show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import cast

from flows.effects import AnswerForPair, ChangePair, MovePair, ProposePair, ResumePair
from flows.overview import Endings, Overview
from flows.people import OpenProposal, PairAnswered, PairId, PersonId, Unpaired
from flows.standing import COORDINATOR, Spell, Standing
from tests.cast import CAST, PAIR, standing, stands
from tests.transcripts.script import value_of

Facts = dict[str, object]


def answered(value: str, now: datetime) -> dict[str, PairAnswered]:
    """From JSON: subject to choice and words."""
    said = cast(dict[str, list[str | None]], value_of(value))
    return {subject: PairAnswered(one[0], one[1], now) for subject, one in said.items()}


def standing_of(line: str) -> Standing:
    """From phases joined by commas, and what is done there: `naming contacts=3 named=2 agreed=yes`."""
    phases, *done = line.split()
    known = dict(one.split("=") for one in done)
    return standing(
        *phases.split(","),
        contacts=int(known.get("contacts", "2")),
        named=int(known.get("named", "2")),
        agreed=known.get("agreed") == "yes",
    )


def unpaired(line: str) -> tuple[Unpaired, ...]:
    """From numbers of twins: `13,12`, or `13,12 taken`."""
    twins, _, taken = line.partition(" ")
    return (Unpaired(PairId(9), tuple(PersonId(int(one)) for one in twins.split(",")), free=not taken),)


def flag(facts: Facts, line: str) -> None:
    """From numbers of twins and kinds: `1:wish_stop 2:help`; empty takes all down."""
    up = {PersonId(int(twin)): (kind,) for twin, kind in (one.split(":") for one in line.split())}
    facts["coordination.overview"] = replace(cast(Overview, facts["coordination.overview"]), flags=up)


def endings(line: str) -> Endings:
    """From how many pairs, and reasons with how often: `4 workload:3`."""
    pairs, *reasons = line.split()
    return Endings(int(pairs), {reason: int(number) for reason, number in (one.split(":") for one in reasons)})


def place(facts: Facts, where: Standing) -> None:
    """Lets the pair of the cast stand there, for its twins and for coordinators."""
    facts |= stands(CAST[str(facts["person.name"])], where)
    seen = cast(Overview, facts["coordination.overview"])
    moved = tuple(replace(one, standing=where) if one.id == PAIR else one for one in seen.pairs)
    facts["coordination.overview"] = replace(seen, pairs=moved)


def follow(
    effect: ProposePair | ChangePair | ResumePair | MovePair | AnswerForPair,
    facts: Facts,
    now: datetime,
    name_of: Callable[[int], str],
    plain: Callable[[object], str],
) -> str:
    """Lets `facts` follow the effect, as the shell would, and gives the line that shows it."""
    match effect:
        case ProposePair(one, two):
            waiting = cast(tuple[OpenProposal, ...], facts["candidates.proposals"])
            facts["candidates.proposals"] = (*waiting, OpenProposal(PairId(9), (one, two), (one,)))
            return f"-- proposed {name_of(one)} and {name_of(two)}"
        case ChangePair(pair, changes):
            for name in ("cadence", "quiet_days"):
                if name in changes:
                    facts[f"agreement.{name}"] = changes[name]
            state = changes.get("state")
            if state in {"proposed", "active"}:
                facts["together.state"] = state
            elif state is not None:
                facts |= {name: None for name in facts if name.startswith("together.")}
            if changes.get("ended_because") == COORDINATOR:
                seen = cast(Overview, facts["coordination.overview"])
                gone = next(one for one in seen.pairs if one.id == pair)
                others = tuple(one for one in seen.pairs if one is not gone)
                facts["coordination.overview"] = replace(seen, pairs=others)
                facts["candidates.unpaired"] = (Unpaired(pair, tuple(one.id for one in gone.twins), free=True),)
            return "-- pair " + " ".join(f"{name}={plain(value)}" for name, value in changes.items())
        case ResumePair(pair):
            facts["candidates.unpaired"] = ()
            return f"-- pair {pair} goes on"
        case MovePair(pair, phases, why):
            own = cast(dict[PairId, Standing], facts["moving.pairs"]).get(pair) or facts["phase.standing"]
            before = cast(Standing | None, own) or standing()
            left = (replace(one, until=one.until or now) for one in before.spells if one.phase not in phases)
            stays = (one for one in before.spells if one.phase in phases)
            new = (Spell(one, now, why=why) for one in phases if one not in before.current)
            place(facts, replace(before, spells=(*left, *stays, *new)))
            return f"-- pair moved to {', '.join(phases)} ({why})"
        case AnswerForPair(_, subject, choice, words):
            own = cast(dict[str, PairAnswered], facts["together.mine"])
            facts["together.mine"] = {**own, subject: PairAnswered(choice, words, now)}
            parts = [part for part in (choice, None if words is None else f"“{words}”") if part is not None]
            return f"-- for the two {subject}={' '.join(parts) or '-'}"
