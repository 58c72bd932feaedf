"""What is up about somebody who is quiet, and how it comes down when she is heard of.

Rules kept here:

* An answer ends quiet, and so does a pause: whoever pauses has said so.
* Coordinators who were told that she is quiet are told that she is not any more.
"""

from __future__ import annotations

from flows.effects import CancelTimer, ClearFlag, Effect, Tell
from flows.events.people import HelpAsked, TwinAnswered, TwinQuiet, TwinQuietLong, TwinRests, TwinsApart, TwinsInTouch
from flows.flags import ASKED, LONG, QUIET, RESTS
from flows.people import PersonId
from flows.rules.situation import Facts

HEARD_NEEDS = ("flags.up", "person.id", "person.name", "side.coordinators", "programme.coordinators")
"""What `heard` reads, and whoever tells coordinators of it."""


def flags(facts: Facts) -> frozenset[str]:
    """The kinds of flags that are up about her."""
    up = facts["flags.up"]
    return up if isinstance(up, frozenset) else frozenset()


def heard(facts: Facts) -> tuple[Effect, ...]:
    """She was heard of: nothing is quiet any more, and who was told learns so."""
    up, back = flags(facts), TwinAnswered(str(facts["person.name"]), PersonId(int(str(facts["person.id"]))))
    if LONG in up:
        return (*unflagged(facts), *to_every_side(facts, back))
    return (*unflagged(facts), *(to_coordinators(facts, back) if QUIET in up else ()))


def unflagged(facts: Facts) -> tuple[Effect, ...]:
    """Nothing is quiet any more, and nobody is told."""
    up = [kind for kind in (ASKED, QUIET, LONG, RESTS) if kind in flags(facts)]
    return (*(ClearFlag(kind) for kind in up), *((CancelTimer("quiet"),) if up else ()))


def to_coordinators(
    facts: Facts, event: TwinQuiet | TwinAnswered | TwinsApart | TwinsInTouch | HelpAsked
) -> tuple[Tell, ...]:
    """Tell the coordinators of her own side."""
    coordinators = facts["side.coordinators"]
    return tuple(Tell(PersonId(one), event) for one in coordinators) if isinstance(coordinators, tuple) else ()


def to_every_side(facts: Facts, event: TwinAnswered | TwinQuietLong | TwinRests) -> tuple[Tell, ...]:
    """Tell the coordinators of every side."""
    coordinators = facts["programme.coordinators"]
    return tuple(Tell(PersonId(one), event) for one in coordinators) if isinstance(coordinators, tuple) else ()
