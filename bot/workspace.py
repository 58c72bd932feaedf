"""One batch in memory: the rows that its turns leave behind.

Rules kept here:

* Every effect is handled in one `match` closed by `assert_never`.
* What happens twice to one row in a batch is one write: the last one.
* Of somebody who is erased nothing is written any more but what is still said to her chat.
* A turn writes only its own person's rows; what concerns someone else is a told row in the inbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar, assert_never

from bot.arrivals import Acknowledgement, Arrival
from bot.broadcasting import Wanted
from bot.desks import Desk
from bot.lite import lightened
from bot.phrasing import Phrasing
from flows.conversation import kept_until
from flows.effects import (
    AcknowledgeTap,
    AnswerForPair,
    CancelTimer,
    ChangePair,
    ChangePerson,
    ClearFlag,
    CountWeek,
    DeleteReflection,
    DropDraft,
    Effect,
    ErasePerson,
    ForgetAnswers,
    KeepDraft,
    MarkChosen,
    MovePair,
    MuteTwin,
    NoteSkip,
    ProposePair,
    PublishDraft,
    RaiseFlag,
    RecordAsked,
    RecordCheckIn,
    RecordConsent,
    RecordMilestone,
    RecordReflections,
    Remove,
    ResumePair,
    Rewrite,
    SaveAnswer,
    SaveNote,
    Say,
    SendBroadcast,
    SendCertificate,
    SendMyData,
    SendUnknownAgain,
    SetSharing,
    SetTimer,
    StopBroadcast,
    TakeFlowsBack,
    Tell,
    WithdrawPrompts,
    WriteChange,
    WriteGoal,
)
from flows.events import Event
from flows.events.shell import ReceiptCame
from flows.people import PersonId, SideId
from flows.session import Session
from storage.outbox import Outgoing

if TYPE_CHECKING:
    from bot.overlays import Overlays

MAKES_STALE: Final[Mapping[type[Effect], tuple[str, ...]]] = {
    SaveAnswer: ("said", "checklist", "endings"),
    RecordCheckIn: ("balance", "contact"),
    RecordReflections: ("reflections", "balance"),
    SaveNote: ("reflections",),
    CountWeek: ("silence",),
    SetSharing: ("reflections",),
    DeleteReflection: ("reflections", "balance"),
}
"""Heads of large facts (`storage/facts`) that are made from the rows of an effect: who asks for them afterwards waits
for the next batch."""


@dataclass(slots=True)
class Workspace:
    """What the turns of one batch leave to be written."""

    overlays: Overlays
    now: datetime
    answers: dict[tuple[PersonId, int, str], SaveAnswer | None] = field(default_factory=dict)
    check_ins: dict[tuple[PersonId, str], tuple[Desk, RecordCheckIn]] = field(default_factory=dict)
    asked: dict[tuple[PersonId, str, str], tuple[Desk, RecordAsked]] = field(default_factory=dict)
    reflections: dict[tuple[PersonId, int], tuple[Desk, RecordReflections]] = field(default_factory=dict)
    notes: dict[tuple[PersonId, int], tuple[Desk, SaveNote]] = field(default_factory=dict)
    sharings: dict[tuple[PersonId, int], str] = field(default_factory=dict)
    deleted: set[tuple[PersonId, int]] = field(default_factory=set)
    stale: set[str] = field(default_factory=set)
    timers: dict[tuple[PersonId, str, str], tuple[Desk, SetTimer] | None] = field(default_factory=dict)
    cancelled: set[tuple[PersonId, str]] = field(default_factory=set)
    consents: list[tuple[Desk, RecordConsent]] = field(default_factory=list)
    counted_weeks: set[tuple[SideId, str]] = field(default_factory=set)
    muted: dict[PersonId, bool] = field(default_factory=dict)
    flags: dict[tuple[PersonId, str], tuple[Desk, RaiseFlag] | None] = field(default_factory=dict)
    proposed: list[tuple[Desk, ProposePair]] = field(default_factory=list)
    pair_changes: list[tuple[Desk, ChangePair]] = field(default_factory=list)
    resumed: list[tuple[Desk, ResumePair]] = field(default_factory=list)
    pair_moves: list[tuple[Desk, MovePair]] = field(default_factory=list)
    pair_answers: list[tuple[PersonId, AnswerForPair]] = field(default_factory=list)
    goals: list[tuple[PersonId, WriteGoal]] = field(default_factory=list)
    changes: dict[tuple[PersonId, int], tuple[Desk, WriteChange]] = field(default_factory=dict)
    milestones: dict[tuple[PersonId, int], RecordMilestone] = field(default_factory=dict)
    broadcasts: list[Wanted] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    told: list[tuple[PersonId, Event]] = field(default_factory=list)
    withdrawn: set[PersonId] = field(default_factory=set)
    taken_back: set[str] = field(default_factory=set)
    drafts: list[tuple[PersonId, KeepDraft]] = field(default_factory=list)
    published: set[PersonId] = field(default_factory=set)
    dropped: set[PersonId] = field(default_factory=set)
    unpublished: list[tuple[PersonId, TakeFlowsBack]] = field(default_factory=list)
    acknowledgements: list[Acknowledgement] = field(default_factory=list)
    skipped: list[tuple[PersonId, NoteSkip]] = field(default_factory=list)
    phrasing: Phrasing = field(init=False)

    def __post_init__(self) -> None:
        self.phrasing = Phrasing(self.overlays, self.now)

    def carry_out(self, desk: Desk, arrival: Arrival, effects: tuple[Effect, ...]) -> None:
        """Turn the effects of one arrival into rows."""
        acknowledged = False
        if desk.person.lite:
            effects = lightened(effects, lambda text: self.phrasing.words(desk, text))
        for effect in effects:
            acknowledged |= isinstance(effect, AcknowledgeTap)
            self._carry_out(desk, arrival, effect)
        if arrival.callback is not None and not acknowledged:
            self.acknowledgements.append(Acknowledgement(arrival.callback))

    def _carry_out(self, desk: Desk, arrival: Arrival, effect: Effect) -> None:
        person = desk.person.id
        if desk.erased is not None and not isinstance(effect, Say | AcknowledgeTap | Tell | NoteSkip):
            return
        if (heads := MAKES_STALE.get(type(effect))) is not None:
            self.stale.update(heads)
        match effect:
            case Say():
                self.outgoing += self.phrasing.said(desk, effect, awaited=arrival.telegram_id is not None)
                self._note_parked(desk, effect)
            case MarkChosen():
                self.outgoing += self.phrasing.marked(desk, effect)
            case Rewrite(anchor):
                if effect.withdraw:
                    self._withdraw(anchor)
                self.outgoing += self.phrasing.rewritten(desk, effect)
            case Remove(anchor):
                self._withdraw(anchor)
                self.outgoing += self.phrasing.removed(desk, anchor)
            case AcknowledgeTap(text):
                if arrival.callback is not None:
                    words = None if text is None else self.phrasing.words(desk, text)
                    self.acknowledgements.append(Acknowledgement(arrival.callback, words))
            case SaveAnswer(session, _, key):
                self.answers[person, session, key] = effect
            case ForgetAnswers(session, keys):
                for key in keys:
                    self.answers[person, session, key] = None
            case RecordCheckIn(period):
                self.check_ins[person, period] = (desk, effect)
            case RecordAsked(item, period):
                self.asked[person, item, period] = (desk, effect)
                desk.note_asked(effect)
            case RecordReflections(session):
                self.reflections[person, session] = (desk, effect)
            case SaveNote(session):
                self.notes[person, session] = (desk, effect)
            case SetSharing(session, sharing):
                self.sharings[person, session] = sharing
            case DeleteReflection(session):
                for rows_ in (self.reflections, self.notes, self.sharings):
                    rows_.pop((person, session), None)
                self.deleted.add((person, session))
            case SetTimer(kind, period):
                self.timers[person, kind, period] = (desk, effect)
            case CancelTimer(kind, None):
                self.cancelled.add((person, kind))
                self.timers = {key: one for key, one in self.timers.items() if key[:2] != (person, kind)}
            case CancelTimer(kind, str() as period):
                self.timers[person, kind, period] = None
            case WithdrawPrompts():
                self.withdrawn.add(person)
                self.outgoing = [row for row in self.outgoing if row.person != person or not row.is_prompt]
            case MuteTwin(muted):
                self.muted[person] = muted
            case CountWeek(side, period):
                self.counted_weeks.add((side, period))
            case RaiseFlag(kind):
                self.flags[person, kind] = (desk, effect)
                desk.flag(kind, up=True)
            case ClearFlag(kind):
                self.flags[person, kind] = None
                desk.flag(kind, up=False)
            case ProposePair():
                self.proposed.append((desk, effect))
            case ChangePair():
                self.pair_changes.append((desk, effect))
            case ResumePair():
                self.resumed.append((desk, effect))
            case MovePair():
                self.pair_moves.append((desk, effect))
            case AnswerForPair():
                self.pair_answers.append((person, effect))
            case WriteGoal():
                self.goals.append((person, effect))
            case WriteChange(row):
                self.changes[person, row.number] = (desk, effect)
            case RecordMilestone(session):
                self.milestones[person, session] = effect
            case Tell(other, event):
                self.told.append((other, event))
            case ChangePerson(changes):
                desk.change(changes)
            case RecordConsent():
                self.consents.append((desk, effect))
                desk.decided = True
            case ErasePerson():
                self.erase(desk, effect)
            case SendMyData():
                self.outgoing += self.phrasing.her_copies(desk)
            case SendCertificate():
                self.outgoing += self.phrasing.certificate(desk, effect)
            case KeepDraft():
                self.drafts.append((person, effect))
            case PublishDraft():
                self.published.add(person)
            case DropDraft():
                self.dropped.add(person)
            case TakeFlowsBack():
                self.unpublished.append((person, effect))
            case SendBroadcast() | StopBroadcast() | SendUnknownAgain():
                self.broadcasts.append(Wanted(desk.person, desk.chat, effect))
            case NoteSkip():
                self.skipped.append((person, effect))
            case CancelTimer():  # pragma: no cover - the two cases above are all there is
                raise TypeError("a timer's period is text or None")
            case _:
                assert_never(effect)

    def erase(self, desk: Desk, wish: ErasePerson) -> None:
        """Take back what the batch would write of her."""
        person = desk.person.id
        desk.erased = wish
        self.answers = _without(self.answers, person)
        self.check_ins = _without(self.check_ins, person)
        self.asked = _without(self.asked, person)
        self.reflections = _without(self.reflections, person)
        self.notes = _without(self.notes, person)
        self.sharings = _without(self.sharings, person)
        self.deleted = {one for one in self.deleted if one[0] != person}
        self.timers = _without(self.timers, person)
        self.flags = _without(self.flags, person)
        self.pair_answers = [one for one in self.pair_answers if one[0] != person]
        self.goals = [one for one in self.goals if one[0] != person]
        self.changes = _without(self.changes, person)
        self.milestones = _without(self.milestones, person)
        self.consents = [one for one in self.consents if one[0].person.id != person]
        self.cancelled = {one for one in self.cancelled if one[0] != person}
        self.broadcasts = [one for one in self.broadcasts if one.person.id != person]
        self.told = [one for one in self.told if one[0] != person]
        self.drafts = [one for one in self.drafts if one[0] != person]
        # a mark aims at a message whose row goes with her
        left = [row for row in self.outgoing if row.person != person or row.message.method != "mark"]
        self.outgoing = [row._replace(person=None) if row.person == person else row for row in left]

    @property
    def changes_pairs(self) -> bool:
        """Whether facts of pairs, or what sides agree on, are different from what they were loaded as."""
        answered = self.pair_answers or self.goals or self.milestones or self.changes
        return bool(self.proposed or self.pair_changes or self.resumed or self.pair_moves or answered)

    def has_moved(self, timer: str, due_at: datetime | None) -> bool:
        """Whether an earlier arrival of this batch has cancelled the timer of this key, or set it to another moment."""
        kind, person, period = timer.split("/", 2)
        key = (PersonId(int(person)), kind, period)
        if key in self.timers:
            found = self.timers[key]
            return found is None or found[1].due_at != due_at
        return key[:2] in self.cancelled

    def _note_parked(self, desk: Desk, say: Say) -> None:
        """Who waits for a receipt learns that the message waits for somebody who can not be reached."""
        if say.receipt is not None and desk.chat is not None and desk.person.unreachable_since is not None:
            self.told.append((say.receipt.person, ReceiptCame(say.receipt.session, "waiting")))

    def _withdraw(self, anchor: str) -> None:
        """What waits under this anchor is not sent any more."""
        self.taken_back.add(anchor)
        self.outgoing = [row for row in self.outgoing if row.anchor != anchor]

    def keep_until(self, session: Session) -> datetime | None:
        return kept_until(session, self.overlays.catalogue.version(session.version))


Key = TypeVar("Key", bound=tuple[Any, ...])
Written = TypeVar("Written")


def _without(rows_: dict[Key, Written], person: PersonId) -> dict[Key, Written]:
    return {key: row for key, row in rows_.items() if key[0] != person}
