"""One batch in memory: who is in it, and the rows that its turns leave behind.

Rules kept here:

* Every effect is handled in one `match` closed by `assert_never`.
* What happens twice to one row in a batch is one write: the last one.
* Of somebody who is erased nothing is written any more; what is still said to her goes to the chat, not to a person.
* What others or the calendar say to somebody who can not be reached is parked in the outbox until she is back.
* A turn writes only its own person's rows; what concerns someone else is a told row in the inbox.
* What she did not ask for and may still be told at night (a hello, words thrown away after 24 hours) makes no sound
  then; a prompt waits for the morning instead (`storage/outbox`).
* Texts become sentences here, in the language that the person has at this moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar, assert_never

from bot import copies
from bot.arrivals import Acknowledgement, Arrival
from bot.broadcasting import Wanted
from bot.callback_data import build_all
from bot.lite import lightened
from bot.pictures.chart import picture_of
from bot.ramadan import is_ramadan
from bot.telegram.rendering import rows
from flows.conversation import Conversation, kept_until
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
    Lane,
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
from flows.people import Asked, PairId, Person, PersonId, SideId
from flows.rules.cadence import QuietHours, quiet_until
from flows.rules.quiet import quiet_hours
from flows.session import Session
from flows.values import Text
from storage.messages import Page
from storage.outbox import PARKED, Message, Outgoing
from storage.pairs import Place

if TYPE_CHECKING:
    from bot.overlays import Overlays
    from bot.speech import Speech

CERTIFICATE_NAME: Final = "twinbot-certificate.pdf"

SEEN_BY_OTHERS: Final = ("state", "name", "language", "country", "zone", "unreachable_since")
"""Fields of a person from which facts of her partner, her programme or her side are made (`storage/facts`)."""


MAKES_STALE: Final[Mapping[type[Effect], tuple[str, ...]]] = {
    SaveAnswer: ("said", "checklist"),
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
class Desk:
    """One person of the batch: as she was loaded, and as the turns so far have left her."""

    person: Person
    chat: int | None
    facts: dict[str, object]
    conversation: Conversation
    loaded: Person
    stored: dict[int, Session] = field(default_factory=dict)
    erased: ErasePerson | None = None
    decided: bool = False
    """She agreed to something or took it back: what is known of that is to be loaded anew."""
    unreachable_reason: str | None = None

    def note_reachable(self) -> bool:
        """Something came from her own chat: she can be written to. Whether that is news."""
        if self.person.unreachable_since is None:
            return False
        self.change({"unreachable_since": None})
        return True

    @property
    def is_lost(self) -> bool:
        """Whether she could be reached when she was loaded, and can not be any more."""
        return self.loaded.unreachable_since is None and self.person.unreachable_since is not None

    @property
    def is_back(self) -> bool:
        """Whether she could not be reached when she was loaded, and can be now."""
        return self.loaded.unreachable_since is not None and self.person.unreachable_since is None

    @property
    def others_see_a_change(self) -> bool:
        """Whether what others, or her own next arrival, may know of her is different from what was loaded."""
        if self.erased is not None or self.decided:
            return True
        return any(getattr(self.person, name) != getattr(self.loaded, name) for name in SEEN_BY_OTHERS)

    def change(self, changes: Mapping[str, Any]) -> None:
        self.person = replace(self.person, **changes)
        self.facts.update({f"person.{name}": value for name, value in changes.items()})

    def flag(self, kind: str, *, up: bool) -> None:
        """What is up about her, if that was asked for already: her next turn in this batch knows."""
        known = dict(self.facts).get("flags.up")
        if isinstance(known, frozenset):
            self.facts["flags.up"] = known | {kind} if up else known - {kind}

    def note_asked(self, noted: RecordAsked) -> None:
        """What she was asked, if that was loaded already: her next turn in this batch knows."""
        known = dict(self.facts).get("asked.history")
        if isinstance(known, tuple):
            kept = [one for one in known if (one.item, one.period) != (noted.item, noted.period)]
            self.facts["asked.history"] = (
                *kept,
                Asked(noted.item, noted.period, noted.status, noted.at, noted.again_at),
            )

    def take(self, conversation: Conversation) -> None:
        self.conversation = conversation
        if conversation.started != self.person.sessions_started:
            self.person = replace(self.person, sessions_started=conversation.started)

    @property
    def is_changed(self) -> bool:
        return self.person != self.loaded

    @property
    def place(self) -> Place:
        """Whose, in which pair and programme and on whose calendar something is recorded."""
        pair = self.facts.get("pair.id")
        pair_id = PairId(pair) if isinstance(pair, int) else None
        return Place(self.person.id, self.person.programme, pair_id, self.person.zone)

    @property
    def forgotten_sessions(self) -> list[int]:
        """Those that were stored and of which nothing is to stay: trials that are over."""
        kept = {one.number for one in self.conversation.sessions}
        return [number for number in self.stored if number not in kept]

    @property
    def changed_sessions(self) -> list[Session]:
        return [one for one in self.conversation.sessions if self.stored.get(one.number) is not one]


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
    pair_changes: list[ChangePair] = field(default_factory=list)
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

    def carry_out(self, desk: Desk, arrival: Arrival, effects: tuple[Effect, ...]) -> None:
        """Turn the effects of one arrival into rows."""
        acknowledged = False
        if desk.person.lite:
            effects = lightened(effects, lambda text: self._render(desk, text))
        for effect in effects:
            acknowledged |= isinstance(effect, AcknowledgeTap)
            self._carry_out(desk, arrival, effect)
        if arrival.callback is not None and not acknowledged:
            self.acknowledgements.append(Acknowledgement(arrival.callback))

    def _carry_out(self, desk: Desk, arrival: Arrival, effect: Effect) -> None:
        person = desk.person.id
        if desk.erased is not None and not isinstance(effect, Say | AcknowledgeTap | Tell | NoteSkip):
            return
        self.stale.update(MAKES_STALE.get(type(effect), ()))
        match effect:
            case Say():
                self._say(desk, effect, awaited=arrival.telegram_id is not None)
            case MarkChosen():
                self._mark(desk, effect)
            case Rewrite():
                self._rewrite(desk, effect)
            case Remove(anchor):
                self._withdraw(anchor)
                self._change(desk, Message("delete", target=anchor))
            case AcknowledgeTap(text):
                if arrival.callback is not None:
                    words = None if text is None else self._render(desk, text)
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
                self.pair_changes.append(effect)
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
                self._send_copies(desk)
            case SendCertificate():
                self._send_certificate(desk, effect)
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
        self.outgoing = [replace(row, person=None) if row.person == person else row for row in left]

    @property
    def changes_pairs(self) -> bool:
        """Whether facts of pairs, or what sides agree on, are different from what they were loaded as."""
        answered = self.pair_answers or self.goals or self.milestones or self.changes
        return bool(self.proposed or self.pair_changes or self.pair_moves or answered)

    def has_moved(self, timer: str, due_at: datetime | None) -> bool:
        """Whether an earlier arrival of this batch has cancelled the timer of this key, or set it to another moment."""
        kind, person, period = timer.split("/", 2)
        key = (PersonId(int(person)), kind, period)
        if key in self.timers:
            found = self.timers[key]
            return found is None or found[1].due_at != due_at
        return key[:2] in self.cancelled

    # -- speaking --------------------------------------------------------------------------------------------------

    def _speech(self, desk: Desk) -> Speech:
        """Her programme's words."""
        return self.overlays.of(desk.person.programme).speech

    def _render(self, desk: Desk, value: Any) -> str:
        return self._speech(desk).value(value, desk.person.language, desk.person.zone)

    def _say(self, desk: Desk, say: Say, *, awaited: bool) -> None:
        if desk.chat is None:
            return
        text = self._speech(desk).text(say.text, desk.person.language, desk.person.zone)
        anchor = say.anchor or self._anchor(desk, say.session, say.step)
        buttons = self._buttons(desk, say.session, say.step, say.buttons)
        picture = None if say.picture is None else picture_of(say.picture, self._speech(desk), desk.person.language)
        method = "picture" if picture is not None else "send" if say.voice is None else "voice"
        if say.receipt is not None and desk.person.unreachable_since is not None:
            self.told.append((say.receipt.person, ReceiptCame(say.receipt.session, "waiting")))
        prompted = say.lane is Lane.PROMPT
        silent = say.silent or (not (awaited or prompted) and self._at_night(desk))
        person = desk.person.id
        self.outgoing.append(
            Outgoing(
                key=f"prompt/{person}/{say.session}" if say.report_delivery else None,
                person=None if desk.erased is not None else person,
                chat=desk.chat,
                lane=say.lane,
                message=Message(
                    method, text, buttons, silent, file=say.voice, picture=picture, protected=say.protected
                ),
                not_before=self._earliest(desk),
                valid_until=say.valid_until,
                quiet=str(self._quiet(desk)) if prompted else None,
                prompt_session=say.session if say.report_delivery else None,
                anchor=anchor,
                receipt=None if say.receipt is None else (say.receipt.person, say.receipt.session),
                lasting=say.anchor is not None,
            )
        )

    def _send_copies(self, desk: Desk) -> None:
        """Two messages whose files are made when everything of this batch is written (`bot/copies`)."""
        if desk.chat is None:
            return
        for kind, caption in copies.CAPTIONS.items():
            message = Message("document", self._render(desk, Text(caption)), file=kind)
            row = Outgoing(None, desk.person.id, desk.chat, Lane.REPLY, message, self._earliest(desk))
            self.outgoing.append(row)

    def _send_certificate(self, desk: Desk, certificate: SendCertificate) -> None:
        """One message whose page is drawn when it is sent (`bot/drawing`): a transaction has no time for it."""
        if desk.chat is None:
            return
        language = desk.person.language
        page = Page(
            CERTIFICATE_NAME,
            language,
            self._speech(desk).is_rtl(language),
            tuple((how, self._render(desk, line)) for how, line in certificate.lines),
            self._render(desk, Text("certificate.not_drawn")),
        )
        message = Message("document", self._render(desk, certificate.text), page=page)
        self.outgoing.append(Outgoing(None, desk.person.id, desk.chat, Lane.REPLY, message, self._earliest(desk)))

    def _rewrite(self, desk: Desk, rewrite: Rewrite) -> None:
        if rewrite.withdraw:
            self._withdraw(rewrite.anchor)
        text = self._speech(desk).text(rewrite.text, desk.person.language, desk.person.zone)
        self._change(desk, Message("rewrite", text, target=rewrite.anchor))

    def _withdraw(self, anchor: str) -> None:
        """What waits under this anchor is not sent any more."""
        self.taken_back.add(anchor)
        self.outgoing = [row for row in self.outgoing if row.anchor != anchor]

    def _mark(self, desk: Desk, mark: MarkChosen) -> None:
        buttons = self._buttons(desk, mark.session, mark.step, mark.buttons)
        self._change(desk, Message("mark", buttons=buttons, target=self._anchor(desk, mark.session, mark.step)))

    def _change(self, desk: Desk, message: Message) -> None:
        """A message that is in her chat already becomes another one, or goes."""
        if desk.chat is not None:
            person = None if desk.erased is not None else desk.person.id
            self.outgoing.append(Outgoing(None, person, desk.chat, Lane.REPLY, message, self._earliest(desk)))

    def _at_night(self, desk: Desk) -> bool:
        return quiet_until(self._quiet(desk), self.now) is not None

    def _quiet(self, desk: Desk) -> QuietHours:
        return quiet_hours(desk.person.quiet_hours, desk.person.zone, is_ramadan)

    def _earliest(self, desk: Desk) -> datetime:
        return self.now if desk.person.unreachable_since is None else PARKED

    def _anchor(self, desk: Desk, session: int | None, step: str | None) -> str | None:
        return None if session is None or step is None else f"p{desk.person.id}/s{session}/{step}"

    def _buttons(
        self, desk: Desk, session: int | None, step: str | None, buttons: tuple[Any, ...]
    ) -> tuple[tuple[tuple[str, str], ...], ...]:
        if session is None or step is None:
            return ()
        labels = self._speech(desk).labels([one.label for one in buttons], desk.person.language, desk.person.zone)
        named = build_all(session, step, [one.choice for one in buttons])
        shown = [
            (f"{CHOSEN} {label}" if one.chosen else label, data)
            for one, label, data in zip(buttons, labels, named, strict=True)
        ]
        # laid out without its mark, so that no button moves under a thumb
        return tuple([tuple([shown[place] for place in row]) for row in rows(tuple(labels))])

    def keep_until(self, session: Session) -> datetime | None:
        return kept_until(session, self.overlays.catalogue.version(session.version))


Key = TypeVar("Key", bound=tuple[Any, ...])
Written = TypeVar("Written")


def _without(rows_: dict[Key, Written], person: PersonId) -> dict[Key, Written]:
    return {key: row for key, row in rows_.items() if key[0] != person}


CHOSEN = "✓"
"""Stands before the label of the choice that holds."""
