"""What concerns a pair: what its two twins, or a coordinator, did for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows.moments import Moment
from flows.people import PairId, PersonId


@dataclass(frozen=True, slots=True)
class PairMade:
    """She was paired."""

    pair: PairId
    partner_name: str


@dataclass(frozen=True, slots=True)
class PairProposed:
    """Coordinators propose `partner` to her as her twin."""

    partner: PersonId


@dataclass(frozen=True, slots=True)
class PairEnded:
    """Pair `pair`, proposed or made, is no more: declined, lapsed, withdrawn, parted (her partner has left) or unpaired
    (by a coordinator; `early`: before its time). She learns no reason."""

    pair: PairId
    how: str
    partner_name: str
    early: bool = False


@dataclass(frozen=True, slots=True)
class PairResumed:
    """A coordinator took the end of pair `pair` back: it goes on as it was."""

    pair: PairId


@dataclass(frozen=True, slots=True)
class PairNews:
    """To a coordinator: `what` became of the pair of `one` and `other`: proposed, ask_first, declined, lapsed,
    withdrawn, made, parted, unpaired, resumed or going_on (though one of them wished otherwise). `by` is the one who
    did it, `reason` the id of the text of a reason, for her alone."""

    what: str
    one: PersonId
    one_name: str
    other: PersonId
    other_name: str
    by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class NamingShared:
    """Both twins of `pair` have answered the naming questions: she can read her partner's words. `changed`: she could
    before, and they are others now."""

    pair: PairId
    changed: bool = False


@dataclass(frozen=True, slots=True)
class AgreementProposed:
    """Her partner in `pair` said how the two could keep in touch; she has not agreed yet."""

    pair: PairId


@dataclass(frozen=True, slots=True)
class AgreementMade:
    """Both twins of `pair` agree on how they keep in touch: from now on that holds."""

    pair: PairId


@dataclass(frozen=True, slots=True)
class PhaseProposed:
    """Her partner in `pair` said in which phases the two could stand; she has not agreed yet."""

    pair: PairId


@dataclass(frozen=True, slots=True)
class PhaseKept:
    """Her partner in `pair` would rather stay where the two are."""

    pair: PairId


@dataclass(frozen=True, slots=True)
class PhaseMoved:
    """`pair`, hers, stands in the phases `after` now (ids joined by +); `by` is the coordinator who moved it, or
    `None` where the two agreed."""

    pair: PairId
    after: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class PhaseNews:
    """To a coordinator: the pair of `one_name` and `other_name` stood in the phases `before` and stands in `after` (ids
    joined by +). `by` is the coordinator who moved it, or `None` where the two agreed."""

    one_name: str
    other_name: str
    before: str
    after: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class GoalProposed:
    """Her partner in `pair` wrote goal `goal` of the two, or changed it; she has not agreed yet."""

    pair: PairId
    goal: int


@dataclass(frozen=True, slots=True)
class GoalAgreed:
    """Both twins of `pair` agree on goal `goal` as it is worded now."""

    pair: PairId
    goal: int


@dataclass(frozen=True, slots=True)
class GoalClosed:
    """Her partner closed goal `goal` of the two: `how` is reached or given_up."""

    pair: PairId
    goal: int
    how: str


@dataclass(frozen=True, slots=True)
class MilestoneTold:
    """`author`, her partner, says in his session `session` how goal `goal` of the two stands. `status` and `blocker`
    are ids of choices; `value` is a number or his words."""

    pair: PairId
    goal: int
    author: PersonId
    author_name: str
    session: int
    status: str
    blocker: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class ContactMissed:
    """The two have had no contact since `since`, as her partner `partner` answered in the week `period`. `unreached`:
    it is she who was tried or waited for."""

    partner: PersonId
    since: Moment
    period: str
    unreached: bool


@dataclass(frozen=True, slots=True)
class ContactTold:
    """Her partner `partner` told of contact, after the two had been out of touch."""

    partner: PersonId


@dataclass(frozen=True, slots=True)
class HelloReceived:
    """Her partner asked the bot, in his session `session`, to say hello."""

    sender_name: str
    sender: PersonId
    session: int


@dataclass(frozen=True, slots=True)
class NoteReceived:
    """Her partner wrote her a note in his session `session`: `words`, or the voice note `voice`."""

    sender: PersonId
    sender_name: str
    session: int
    words: str | None = None
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class TwinAsked:
    """Her partner's session `session` asks something of her: `flow` begins with what is `given`, and who asks."""

    sender: PersonId
    sender_name: str
    session: int
    flow: str
    given: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoteThanked:
    """Her partner says thank you for a note."""

    reader_name: str


@dataclass(frozen=True, slots=True)
class NoteReported:
    """To who cares for safety: `reporter_name` shows a note of her partner's that should not have been written."""

    reporter_name: str
    sender_name: str
    words: str | None = None
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class ReflectionShared:
    """`author` lets her read what she recorded in her session `entry` on `day` (a date, `2026-11-23`). `changed`: she
    shared it before, and it reads differently now; `voice_changed`: its voice note is another one now, or none. Apart
    from `words` and `voice` all are ids of choices."""

    author: PersonId
    author_name: str
    entry: int
    day: str
    directions: tuple[str, ...]
    kind: str | None = None
    level: str | None = None
    towards: str | None = None
    words: str | None = None
    voice: str | None = None
    changed: bool = False
    voice_changed: bool = False


@dataclass(frozen=True, slots=True)
class SharingWithdrawn:
    """`author` takes back what she had shared of her session `entry`."""

    author: PersonId
    author_name: str
    entry: int


@dataclass(frozen=True, slots=True)
class PagePassedOn:
    """`author` lets her read what she wrote in her session `session` of `flow`: `lines` as `flows.rules.pages` makes
    them. `changed`: she was shown it before, and it reads differently now."""

    author: PersonId
    author_name: str
    session: int
    flow: str
    lines: tuple[tuple[str, str], ...]
    changed: bool = False


@dataclass(frozen=True, slots=True)
class PageTakenBack:
    """`author` takes back what she had shown of her session `session`."""

    author: PersonId
    author_name: str
    session: int


@dataclass(frozen=True, slots=True)
class PageNotShown:
    """What she wrote in her session `session` of `flow` could not be passed on to `reader`."""

    reader_name: str
    flow: str
    reader: PersonId | None = None
    session: int | None = None


@dataclass(frozen=True, slots=True)
class SharingFailed:
    """What she shared of her session `entry`, recorded on `day`, could not be passed on to `reader_name`."""

    reader_name: str
    entry: int
    day: str


@dataclass(frozen=True, slots=True)
class SharedAnswered:
    """Somebody who read what she shared on `day` says something back: `answer` is the id of a choice."""

    reader_name: str
    day: str
    answer: str
