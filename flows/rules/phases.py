"""The phases of a pair: what each is for, what shows that it is done, and the ways on from there. domain.md sections 3
and 4.

Rules kept here:

* Phases are soft. People move a pair: on, back, into two at once, past one; the bot suggests, and says what is open.
* What leads out of a phase is data: an id, a text and a check each. A check says yes, no, so many of so many, or that
  nothing tells it; a move is suggested when every one says yes.
* How a pair is moved stands in `moving`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.standing import BOTH, COORDINATOR, PHASES, Phases, Standing, in_order
from flows.values import Listed, LocalTime, Text, Value

CONTACTS_WANTED = 3
"""Weeks with a contact both ways before two twins are named (domain.md P2)."""

BEFORE_THE_END = timedelta(days=122)
"""Four months, in which a programme is harvested and closed (domain.md P6)."""

ALUMNI_MONTHS = 24
"""How long alumni are asked (domain.md P7)."""

HISTORY_SHOWN = 5
"""Earlier phases on the page: as many as there are before the last one."""


# -- what leads out of a phase -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many."""

    done: int
    wanted: int


Check = Callable[[Standing, datetime], bool | Count | None]


def _contacts(standing: Standing, _: datetime) -> Count:
    return Count(min(standing.contacts, CONTACTS_WANTED), CONTACTS_WANTED)


def _named(standing: Standing, _: datetime) -> bool:
    return standing.named > 1


def _agreed(standing: Standing, _: datetime) -> bool:
    return standing.agreed


def _has_goal(standing: Standing, _: datetime) -> bool | None:
    return None if standing.goals is None else any(one.is_whole for one in standing.goals)


def _acted(standing: Standing, now: datetime) -> bool | None:
    if standing.ends_at is not None and now >= standing.ends_at - BEFORE_THE_END:
        return True
    goals = standing.goals
    return None if goals is None else bool(goals) and all(one.is_closed for one in goals)


def _months(standing: Standing, now: datetime) -> Count:
    since = standing.since("alumni") or now
    passed = (now.year - since.year) * 12 + now.month - since.month - (now.day < since.day)
    return Count(min(max(passed, 0), ALUMNI_MONTHS), ALUMNI_MONTHS)


def _both_looked_back(standing: Standing, _: datetime) -> bool:
    return standing.did.get("review", 0) >= BOTH


def _has_change(standing: Standing, _: datetime) -> bool:
    return standing.did.get("one_change", 0) > 0


def _both_chose(standing: Standing, _: datetime) -> bool:
    return standing.did.get("data_choice", 0) >= BOTH


def _talked(standing: Standing, _: datetime) -> bool:
    return standing.did.get("closing_talk", 0) > 0


def _both_grew(standing: Standing, _: datetime) -> bool:
    return standing.did.get("growth_end", 0) >= BOTH


EXIT: Mapping[str, Mapping[str, Check]] = {
    "naming": {"contacts": _contacts, "named": _named, "agreed": _agreed},
    "planning": {"goal": _has_goal},
    "exchange": {"acted": _acted},
    "review": {"reviewed": _both_looked_back, "change": _has_change},
    "closing": {"talk": _talked, "endline": _both_grew, "data": _both_chose},
    "alumni": {"months": _months},
}
"""Phase to its criteria, as `phase.exit_…` has them in words, in the order in which they are read."""


def is_done(found: bool | Count | None) -> bool | None:
    """Whether a criterion holds; `None` where nothing tells."""
    return found.done >= found.wanted if isinstance(found, Count) else found


def is_complete(standing: Standing, phase: str, now: datetime) -> bool:
    """Whether everything that `phase` is for is done."""
    return all(is_done(check(standing, now)) for check in EXIT[phase].values())


def suggested(standing: Standing, now: datetime) -> Phases | None:
    """Where the pair could go on to: out of the earliest of its phases that is done; `None` where none is."""
    for phase in in_order(standing.current):
        if is_complete(standing, phase, now):
            left = tuple(one for one in standing.current if one != phase)
            return left or _next(phase)
    return None


def _next(phase: str) -> Phases | None:
    return PHASES[PHASES.index(phase) + 1 : PHASES.index(phase) + 2] or None


# -- in words ----------------------------------------------------------------------------------------------------------


def named(phases: Phases) -> Value:
    """The names of phases, as a language joins them."""
    return Listed(tuple(Text(f"overview.phase_{one}") for one in phases))


def criteria(standing: Standing, now: datetime) -> Value:
    """What leads out of each phase of the pair, one line a criterion, with a mark; and what a question mark means."""
    lines: list[Value] = []
    marks: set[str] = set()
    for phase in in_order(standing.current):
        for id_, check in EXIT[phase].items():
            found = check(standing, now)
            counted = {"done": found.done, "wanted": found.wanted} if isinstance(found, Count) else {}
            mark = {True: "done", False: "open", None: "unknown"}[is_done(found)]
            lines.append(Text(f"phase.{mark}", {"what": Text(f"phase.exit_{id_}", dict(counted))}))
            marks.add(mark)
    if "unknown" in marks:
        lines.append(Text("phase.can_not_see"))
    return Listed(tuple(lines), "\n")


def _history(standing: Standing) -> Iterator[Value]:
    """Where it stands since when, and where it stood before, newest first."""
    for one in standing.spells:
        if one.until is None:
            phase, day = Text(f"overview.phase_{one.phase}"), LocalTime(one.since, "date")
            if one.by is not None and one.why == COORDINATOR:
                yield Text("phase.since_by", {"phase": phase, "day": day, "by": one.by})
            else:
                yield Text("phase.since", {"phase": phase, "day": day})
    over = [(one.phase, one.since, one.until) for one in standing.spells if one.until is not None]
    for name, since, until in over[: -HISTORY_SHOWN - 1 : -1]:
        days = {"day": LocalTime(since, "date"), "end": LocalTime(until, "date")}
        yield Text("phase.was", {"phase": Text(f"overview.phase_{name}"), **days})


def page_of(who: Value, standing: Standing, now: datetime) -> Value:
    """Where the pair `who` stands, since when, what that is for, what is done and what is open."""
    history = Listed((who, *_history(standing)), "\n")
    about = Listed(tuple(Text(f"phase.about_{one}") for one in standing.current), "\n")
    return Listed((history, about, criteria(standing, now)), "\n\n")


# -- moves -------------------------------------------------------------------------------------------------------------


def moves(current: Phases) -> tuple[Phases, ...]:
    """What is offered: on, the next beside this one, back; of two either alone. To stay is the last."""
    if not current:  # the pair has ended meanwhile
        return ()
    if len(current) > 1:
        earlier, later = in_order(current)
        return ((later,), (earlier,), current)
    [here] = current
    place = PHASES.index(here)
    after, before = PHASES[place + 1 : place + 2], PHASES[max(place - 1, 0) : place]
    on: tuple[Phases, ...] = (after, (here, *after)) if after else ()
    return (*on, *((before,) if before else ()), current)


def move_label(current: Phases, target: Phases) -> Text:
    """A move as it stands on a button and in a sentence."""
    if set(target) == set(current):
        how = "stay"
    elif len(target) > 1:
        how = "both"
    elif target[0] in current:
        how = "only"
    else:
        how = "on" if PHASES.index(target[0]) > max(map(PHASES.index, current)) else "back"
    return Text(f"phase.to_{how}", {"phases": named(target)})


def written(phases: Phases) -> str:
    """Phases as one line: what is saved of a move, and what its tap means."""
    return "+".join(phases)


def read(line: str) -> Phases:
    """Only ids that there are."""
    return tuple(one for one in line.split("+") if one in PHASES)
