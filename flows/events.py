"""What happened. Past tense, frozen, plain data.

Every event survives a round trip through JSON (`flows.wire`), since an event told to another person waits in the
inbox table until her own turn. Times are aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import get_args

from flows.moments import Moment
from flows.people import PairId, PersonId

# -- what a person did -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Typed:
    """She wrote `text`; `message` is the number of her message in the chat, by which an edit is recognised."""

    text: str
    message: int


@dataclass(frozen=True, slots=True)
class Edited:
    """She changed the message that she had sent before."""

    text: str
    message: int


@dataclass(frozen=True, slots=True)
class Tapped:
    """She tapped a button of her own session `session`, under the question `step`; `choice` counts from 1."""

    session: int
    step: str
    choice: int


@dataclass(frozen=True, slots=True)
class TappedUnknown:
    """She tapped a button that names nothing we know: forged, or older than this bot."""


@dataclass(frozen=True, slots=True)
class CommandGiven:
    """She wrote `/name argument`."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class SentUnreadable:
    """She sent something that is no text: `kind` is voice, photo, sticker, location, …"""

    kind: str


@dataclass(frozen=True, slots=True)
class SentVoice:
    """She sent a voice note of `seconds`; `file` is its name on the platform, `message` the number of her message."""

    file: str
    seconds: int
    message: int


@dataclass(frozen=True, slots=True)
class InvitationOpened:
    """She opened an invitation that is hers now: this is her first event."""


@dataclass(frozen=True, slots=True)
class InvitationRefused:
    """She opened an invitation that does nothing for her; `reason` is the end of a text id, `invitation.…`."""

    reason: str


@dataclass(frozen=True, slots=True)
class ChatBlocked:
    """Her chat can not be reached; `reason` is Telegram's, shortened to a word."""

    reason: str


@dataclass(frozen=True, slots=True)
class ChatReturned:
    """She unblocked the bot."""


# -- what time did -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PromptFellDue:
    """The moment planned for the prompt `flow` of `period` (an ISO week, `2026-W48`) has come."""

    flow: str
    period: str
    planned_at: Moment


@dataclass(frozen=True, slots=True)
class HeldPromptFellDue:
    """A prompt waited behind an open conversation for long enough."""


@dataclass(frozen=True, slots=True)
class ReminderFellDue:
    session: int


@dataclass(frozen=True, slots=True)
class SessionExpired:
    """Session `session` waited as long as its flow allows, or its note window closed."""

    session: int


@dataclass(frozen=True, slots=True)
class WaitEnded:
    """The `wait` step at which session `session` stands is over."""

    session: int


@dataclass(frozen=True, slots=True)
class PauseEnded:
    """The pause that she chose is over."""


@dataclass(frozen=True, slots=True)
class QuietFellDue:
    """She was asked whether all is ok, and by now has been quiet for as long as was agreed."""


@dataclass(frozen=True, slots=True)
class DigestFellDue:
    """The moment planned for a coordinator's digest of `period` (an ISO week) has come."""

    period: str
    planned_at: Moment


@dataclass(frozen=True, slots=True)
class BroughtToFront:
    """Nothing stands before this session any more: its question is asked again."""


# -- what the shell reports, and what others told ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PromptDelivered:
    """Telegram accepted the first message of prompt session `session` at `at`."""

    session: int
    at: Moment


@dataclass(frozen=True, slots=True)
class ReceiptCame:
    """What became of a message that her session `session` sent to somebody else: `delivered`, `waiting` until the
    other one can be reached, or `failed`."""

    session: int
    outcome: str


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
class ProposalFellDue:
    """The time for answering the proposal of `pair` is over."""

    pair: PairId


@dataclass(frozen=True, slots=True)
class PairEnded:
    """Pair `pair`, proposed or made, is no more: declined, lapsed, withdrawn or parted. She learns no reason."""

    pair: PairId
    how: str
    partner_name: str


@dataclass(frozen=True, slots=True)
class PairNews:
    """To a coordinator: `what` became of the pair of `one` and `other`: proposed, ask_first, declined, lapsed,
    withdrawn, made or parted. `by` is the one who did it, `reason` the id of the text of a reason, for her alone."""

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
class NamingFellDue:
    """Time to look once more whether she has come to naming and agreement in `pair`."""

    pair: PairId


@dataclass(frozen=True, slots=True)
class AgreementProposed:
    """Her partner in `pair` said how the two could keep in touch; she has not agreed yet."""

    pair: PairId


@dataclass(frozen=True, slots=True)
class AgreementMade:
    """Both twins of `pair` agree on how they keep in touch: from now on that holds."""

    pair: PairId


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
class CameBack:
    """She could not be reached, and can be now."""


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
class StandingChanged:
    """Somebody of her programme has `stopped`, come `back`, or `left`. Why is nobody's business."""

    name: str
    standing: str


@dataclass(frozen=True, slots=True)
class BotWasDeaf:
    """To a coordinator: what was written to the bot reached it late. What was written before `lost_until` never will;
    `None`: nothing is lost."""

    since: Moment
    until: Moment
    lost_until: Moment | None = None


@dataclass(frozen=True, slots=True)
class AnswersLost:
    """To somebody with an open question: what she wrote between `since` and `lost_until` has not reached the bot."""

    since: Moment
    lost_until: Moment


@dataclass(frozen=True, slots=True)
class DiskRanLow:
    """To a coordinator: the machine on which the bot runs has only so much room left."""

    megabytes: int


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


@dataclass(frozen=True, slots=True)
class SideChanged:
    """To a coordinator: side `side` has no coordinator any more, so that check-ins rest; or has one again (`ready`)."""

    side: str
    ready: bool


@dataclass(frozen=True, slots=True)
class FlowStarted:
    """The shell starts a flow for her; `given` are values known at the start, by save name."""

    flow: str
    given: dict[str, str] = field(default_factory=dict)


Event = (
    Typed
    | Edited
    | Tapped
    | TappedUnknown
    | CommandGiven
    | SentUnreadable
    | SentVoice
    | InvitationOpened
    | InvitationRefused
    | ChatBlocked
    | ChatReturned
    | PromptFellDue
    | HeldPromptFellDue
    | ReminderFellDue
    | SessionExpired
    | WaitEnded
    | PauseEnded
    | QuietFellDue
    | BroughtToFront
    | PromptDelivered
    | ReceiptCame
    | PairMade
    | PairProposed
    | ProposalFellDue
    | PairEnded
    | PairNews
    | NamingShared
    | NamingFellDue
    | AgreementProposed
    | AgreementMade
    | HelloReceived
    | NoteReceived
    | NoteThanked
    | NoteReported
    | TwinQuiet
    | TwinAnswered
    | PersonOutOfReach
    | PersonBack
    | CameBack
    | CareTaken
    | HelpAsked
    | StandingChanged
    | BotWasDeaf
    | AnswersLost
    | DiskRanLow
    | ContactReceived
    | ContactTaken
    | OtherTakesCare
    | WriterGone
    | ReflectionShared
    | SharingWithdrawn
    | SharingFailed
    | SharedAnswered
    | SideChanged
    | DigestFellDue
    | FlowStarted
)

EVENTS: tuple[type[Event], ...] = get_args(Event)
