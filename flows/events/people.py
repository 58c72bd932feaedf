"""What coordinators and focal points are to know of the people of their side, and what comes of a word to them."""

from __future__ import annotations

from dataclasses import dataclass

from flows.moments import Moment
from flows.people import PersonId, SideId


@dataclass(frozen=True, slots=True)
class TwinQuiet:
    """To a coordinator: a twin of her side has not answered since `since`. `reason` is the last one given,
    a text id."""

    twin_name: str
    since: Moment
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TwinAnswered:
    """To a coordinator who was told that a twin is quiet: she has answered."""

    twin_name: str
    twin: PersonId | None = None


@dataclass(frozen=True, slots=True)
class TwinQuietLong:
    """To the coordinators of every side: `twin` has not answered since `since`, for much longer than was agreed."""

    twin: PersonId
    twin_name: str
    partner: PersonId
    since: Moment


@dataclass(frozen=True, slots=True)
class TwinRests:
    """To the coordinators of every side: a twin who has not answered since `since` is asked nothing any more."""

    twin_name: str
    since: Moment


@dataclass(frozen=True, slots=True)
class CoordinatorHelps:
    """A coordinator brings a `hello` to both twins of a pair, or a `topic`."""

    coordinator_name: str
    what: str


@dataclass(frozen=True, slots=True)
class OtherHelps:
    """To the other coordinators: one of them sees to `twin`, who has been quiet for long."""

    coordinator_name: str
    twin: PersonId


@dataclass(frozen=True, slots=True)
class SideMissed:
    """To the coordinators of every side: of `due` twins of a side who were asked in the week `period`, `missed` did not
    answer."""

    side: SideId
    side_name: str
    period: str
    due: int
    missed: int


@dataclass(frozen=True, slots=True)
class WeekCounted:
    """To the other coordinators: one of them says that the week `period` of a side was no such event."""

    coordinator_name: str
    side: SideId
    side_name: str
    period: str


@dataclass(frozen=True, slots=True)
class TwinsApart:
    """To a coordinator: twin `twin_name` of her side and her partner have had no contact since `since`, though somebody
    answers. `reason` is the last one that this twin gave, a text id."""

    twin_name: str
    partner_name: str
    since: Moment
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TwinsInTouch:
    """To a coordinator who was told that two twins are out of touch: they have been in contact."""

    twin_name: str
    partner_name: str


@dataclass(frozen=True, slots=True)
class PersonOutOfReach:
    """To a coordinator: somebody of her side can not be reached any more; `reason` is the platform's, as a word."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class PersonBack:
    """To a coordinator: somebody of her side can be reached again."""

    name: str


@dataclass(frozen=True, slots=True)
class CareTaken:
    """A coordinator takes care of what she asked for."""

    coordinator_name: str


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """To a coordinator: twin `twin` wants to be contacted. `reason` is a text id she agreed to tell, or `None`."""

    twin: PersonId
    twin_name: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WishTold:
    """To the coordinators of every side: a twin would like to go on otherwise than with `partner_name`. `wish` is
    new_twin or stop."""

    twin_name: str
    partner_name: str
    wish: str


@dataclass(frozen=True, slots=True)
class WishSettled:
    """A coordinator says that the two go on together, though she had wished otherwise."""

    coordinator_name: str


@dataclass(frozen=True, slots=True)
class StandingChanged:
    """Somebody of her programme has `stopped`, come `back`, or `left`. Why is nobody's business."""

    name: str
    standing: str


@dataclass(frozen=True, slots=True)
class SideChanged:
    """To a coordinator: side `side` has no coordinator any more, so that check-ins rest; or has one again (`ready`)."""

    side: str
    ready: bool


@dataclass(frozen=True, slots=True)
class ContactReceived:
    """To a reader of `/contact`: `sender` wrote `words` to all `readers`, and waits in her session `session` for what
    comes of it."""

    sender: PersonId
    session: int
    sender_name: str
    side: str
    words: str
    readers: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class ContactTaken:
    """To whoever wrote by `/contact`: `reader_name` takes care of it."""

    reader_name: str


@dataclass(frozen=True, slots=True)
class OtherTakesCare:
    """To whoever was asked too: `reader_name` takes care of what `person` wrote by /contact in her session `letter`, or
    (without one) of her wish for a word with a coordinator."""

    reader_name: str
    person: PersonId
    letter: int | None = None


@dataclass(frozen=True, slots=True)
class WriterGone:
    """`person`, who wrote to her, showed her something, or asked for a word, is erased. She is not told by this."""

    person: PersonId


@dataclass(frozen=True, slots=True)
class ChangeProposed:
    """To the other coordinators: `author` proposes change `number` of the checklist, or words it anew."""

    author: PersonId
    author_name: str
    number: int


@dataclass(frozen=True, slots=True)
class ChangeAgreed:
    """To every coordinator: somebody of `side` has agreed to change `number` of the checklist for that side."""

    number: int
    side: str
