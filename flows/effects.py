"""What the shell is asked to do. Imperative, frozen, plain data.

Rules kept here:

* An effect names texts by id and never holds a sentence; `bot/speech` turns id and values into a language.
* An effect changes its own person only. What concerns another person is a `Tell`.
* `bot/turns` handles every effect in one `match` closed by `assert_never`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from flows.checklist import ChangeRow
from flows.events import Event
from flows.goals import GoalRow
from flows.people import PairId, PersonId, PersonState, SideId
from flows.values import Chart, Text, Value


class Lane(StrEnum):
    """Priority classes of the outbox, first is first."""

    REPLY = "reply"
    PROMPT = "prompt"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class Button:
    """A choice offered under a message. `choice` counts from 1 and is what a typed digit means; `chosen` marks it."""

    label: Value
    choice: int
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """Tell `person`, in her session `session`, that a message has been delivered, waits, or could not be."""

    person: PersonId
    session: int


@dataclass(frozen=True, slots=True)
class Say:
    """Send one message. With `buttons` it must name the `session` and `step` that the buttons answer."""

    text: Text
    buttons: tuple[Button, ...] = ()
    session: int | None = None
    step: str | None = None
    lane: Lane = Lane.REPLY
    valid_until: datetime | None = None
    silent: bool = False
    report_delivery: bool = False
    """Tell this person's inbox `PromptDelivered` when Telegram has accepted it."""
    receipt: Receipt | None = None
    """Whom else to tell what became of it."""
    anchor: str | None = None
    """A name of its own under which a later `Rewrite` or `Remove` finds it; else (`session`, `step`) is its name."""
    voice: str | None = None
    """The voice note, by its name on the platform, that is sent with `text` below it."""
    picture: Chart | None = None
    """Drawn when it is sent, with `text` below it, which says the same; where it can not be drawn, `text` alone."""
    protected: bool = False
    """It holds somebody else's words: it can not be forwarded."""


@dataclass(frozen=True, slots=True)
class MarkChosen:
    """Show under the latest message of (`session`, `step`) which choice holds; its text stays as it is."""

    session: int
    step: str
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Put `text` in the place of the message that was sent to her under `anchor`; its buttons go. Without such a
    message nothing happens. `withdraw`: where it has not been sent yet, it is not sent any more."""

    anchor: str
    text: Text
    withdraw: bool = False


@dataclass(frozen=True, slots=True)
class Remove:
    """Take the message that was sent to her under `anchor` out of her chat, as long as the platform lets us; where it
    has not been sent yet, it is not sent any more. Without such a message nothing happens."""

    anchor: str


@dataclass(frozen=True, slots=True)
class AcknowledgeTap:
    """Show `text` at once over the tapped button; `None` only stops its spinner."""

    text: Value | None


@dataclass(frozen=True, slots=True)
class SaveAnswer:
    """Remember one answer. `choice` is a permanent choice id (stored in the clear; several joined by a comma), `words`
    are the person's own and `voice` names her voice note (both stored encrypted); exactly one of the three is given.
    A second answer under the same key replaces the first."""

    session: int
    flow: str
    key: str
    choice: str | None = None
    words: str | None = None
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class ForgetAnswers:
    """What followed from a corrected answer no longer holds."""

    session: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordCheckIn:
    """Write the whole check-in of `period`, replacing what was recorded for it before."""

    period: str
    session: int
    status: str
    planned_at: datetime
    sent_at: datetime | None
    first_touched_at: datetime | None
    answered_at: datetime | None
    late: bool
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RecordAsked:
    """Note what became of `item` of the agenda in the week `period`, replacing what was noted of it: see
    `flows.people.Asked`."""

    item: str
    period: str
    status: str
    at: datetime
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordReflections:
    """Write what flowed, replacing what this session recorded before; words and sharing stay. `directions` are giving,
    receiving, giving_back or passing_on; all share one `kind`, one `level` (professional or personal) and whom they
    were `towards`, as far as she said so. All are ids of choices."""

    session: int
    directions: tuple[str, ...]
    kind: str | None
    level: str | None = None
    towards: str | None = None


@dataclass(frozen=True, slots=True)
class SaveNote:
    """Attach one line in her own words, or a voice note, to what her session `session` recorded, in the place of what
    was there; neither takes it away."""

    session: int
    words: str | None
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class SetSharing:
    """Who may read what her session `session` recorded: private, twin or coordinators."""

    session: int
    sharing: str


@dataclass(frozen=True, slots=True)
class DeleteReflection:
    """Forget what flowed in her session `session`, with its words."""

    session: int


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Upsert a due moment. The key is (`kind`, this person, `period`), never the version."""

    kind: str
    period: str
    due_at: datetime
    valid_until: datetime | None = None
    rule_version: str = ""


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Drop a due moment; with `period` `None` all of that kind."""

    kind: str
    period: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawPrompts:
    """Take back every prompt of hers that has not been sent."""


@dataclass(frozen=True, slots=True)
class MuteTwin:
    """Bring her no notes of her partner any more, or bring them again."""

    muted: bool


@dataclass(frozen=True, slots=True)
class CountWeek:
    """Let the week `period` of a side, in which many did not answer, count for their silence after all."""

    side: SideId
    period: str


@dataclass(frozen=True, slots=True)
class RaiseFlag:
    """Let coordinators see that there is something about her to look at; `detail` is the id of a choice. One that is
    up already stays as it is."""

    kind: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class ClearFlag:
    """There is nothing of this kind to look at any more."""

    kind: str


@dataclass(frozen=True, slots=True)
class ProposePair:
    """Propose two twins of her programme to each other; she is the coordinator. Only where `candidates.*` were read:
    then pairing in the programme is locked."""

    one: PersonId
    two: PersonId


@dataclass(frozen=True, slots=True)
class ChangePair:
    """Change what is known of a pair: its `state`, `cadence`, `quiet_days` and moments. Only where `together.*`,
    `moving.*` or `candidates.*` were read: then the pair is locked."""

    pair: PairId
    changes: Mapping[str, str | int | datetime | None]


@dataclass(frozen=True, slots=True)
class ResumePair:
    """Let a pair of `one` and `two` that a coordinator ended go on as it was. Only where `candidates.*` were read: then
    pairing in the programme is locked."""

    pair: PairId
    one: PersonId
    two: PersonId


@dataclass(frozen=True, slots=True)
class MovePair:
    """Let a pair stand in `phases` (one or two ids) from now on, and in no other; `why` is one of
    `flows.standing.MADE`, `AGREED` and `COORDINATOR`. Only where `together.*` or `moving.*` were read: then the pair is
    locked."""

    pair: PairId
    phases: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class AnswerForPair:
    """Remember what she answers about `subject` for the two of `pair`; an earlier answer is replaced. `words` are her
    own (stored encrypted), for her partner to read. Only where `together.*` were read: then the pair is locked."""

    pair: PairId
    subject: str
    choice: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class WriteGoal:
    """Write her own row of a goal of the two of `pair`, in the place of what was there. Only where `together.*` were
    read: then the pair is locked."""

    pair: PairId
    row: GoalRow


@dataclass(frozen=True, slots=True)
class WriteChange:
    """Write her own row of a change of her programme's checklist, in the place of what was there. Only where
    `changes.*` were read: then the programme is locked."""

    row: ChangeRow


@dataclass(frozen=True, slots=True)
class RecordMilestone:
    """Write how goal `goal` of the two of `pair` stands, as she said in her session `session`, in the place of what
    that session recorded before. `value` are her own words or a number (stored encrypted)."""

    session: int
    pair: PairId
    goal: int
    status: str
    blocker: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Tell:
    """Put an event into another person's inbox."""

    person: PersonId
    event: Event


@dataclass(frozen=True, slots=True)
class ChangePerson:
    """Change what is known of her. Only the fields that are named; see `flows.people.Person`."""

    changes: Mapping[str, str | int | datetime | PersonState | None]


@dataclass(frozen=True, slots=True)
class RecordConsent:
    """Note what she agreed to, or refused, in which words (`version`) and language."""

    purpose: str
    version: str
    given: bool


@dataclass(frozen=True, slots=True)
class SendBroadcast:
    """Send `texts` (by language) to `audience` (see `flows.broadcasts`), everybody in her own language."""

    audience: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StopBroadcast:
    """Take back what of broadcast `broadcast` has not been sent."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class SendUnknownAgain:
    """Send broadcast `broadcast` once more to those of whom nobody knows whether it has reached them."""

    broadcast: int


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Forget her whole, and let her invitation be used again. `on_request`: she asked for it herself, and is told what
    was erased; else she refused before anything was agreed. `take_back`: what she shared is taken out of her partner's
    chat too."""

    on_request: bool = False
    take_back: bool = False


@dataclass(frozen=True, slots=True)
class SendMyData:
    """Send her everything that is held about her, as a file to read and one for machines."""


@dataclass(frozen=True, slots=True)
class SendCertificate:
    """Send her a page as a file, `text` below it. `lines` are what stands on the page from top to bottom, each with how
    it is written: title, plain, name, strong, small, signed (below a line for a signature) or foot."""

    text: Text
    lines: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class KeepDraft:
    """Fetch and judge the file that she sent as `message`, and report what was found; `file` is its name on the
    platform, `name` what she calls it."""

    message: int
    file: str
    name: str


@dataclass(frozen=True, slots=True)
class PublishDraft:
    """Publish all files that she has sent and not yet published, and report it to her and to the other coordinators."""


@dataclass(frozen=True, slots=True)
class DropDraft:
    """Forget the files that she has sent and not published."""


@dataclass(frozen=True, slots=True)
class TakeFlowsBack:
    """Take back what the programme has published under `names`, and report it to her and to the other coordinators.
    `session` is where she said so, and counts once."""

    session: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoteSkip:
    """Something due was not done; the log says so with its `reason` (a word, never a person's words)."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin another flow for the same person, in front. Carried out by `flows.conversation`, never by the shell.
    `trial`: only to be tried, in that language; `version`: not the current one, but this, which is not published.
    `period` and `planned_at` are those of the prompt that it answers."""

    flow: str
    given: Mapping[str, str] = field(default_factory=dict)
    trial: str | None = None
    version: str | None = None
    period: str | None = None
    planned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep values under names in the session itself, to be read and repeated further on. Carried out by the engine,
    never by the shell."""

    values: Mapping[str, str]


Effect = (
    Say
    | MarkChosen
    | Rewrite
    | Remove
    | AcknowledgeTap
    | SaveAnswer
    | ForgetAnswers
    | RecordAsked
    | RecordCheckIn
    | RecordReflections
    | SaveNote
    | SetSharing
    | DeleteReflection
    | SetTimer
    | CancelTimer
    | WithdrawPrompts
    | MuteTwin
    | CountWeek
    | RaiseFlag
    | ClearFlag
    | ProposePair
    | ChangePair
    | ResumePair
    | MovePair
    | AnswerForPair
    | WriteGoal
    | WriteChange
    | RecordMilestone
    | Tell
    | ChangePerson
    | RecordConsent
    | ErasePerson
    | SendMyData
    | SendCertificate
    | KeepDraft
    | PublishDraft
    | DropDraft
    | TakeFlowsBack
    | SendBroadcast
    | StopBroadcast
    | SendUnknownAgain
    | NoteSkip
)
