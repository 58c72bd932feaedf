"""What a transcript tells of a turn: a line or more for each effect, and what the shell would do for it.

Rules kept here:

* Every effect is told in one `match` closed by `assert_never`.
* What the shell does is done as plainly: facts follow what was recorded, timers what was set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import assert_never, cast

from bot.speech import Speech
from flows.effects import (
    AcknowledgeTap,
    AnswerForPair,
    Button,
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
from flows.entries import OfEntry
from flows.people import Asked, PersonId, Said
from flows.rules.reflecting import OWN, Changed
from flows.values import Chart, Value
from tests.cast import CAST, NAMES
from tests.transcripts import checklist_facts, goal_facts, pair_facts
from tests.transcripts.scene import Scene, Shown
from tests.transcripts.script import written


class Telling:
    """Tells what happens on `scene`."""

    def __init__(self, scene: Scene, speech: Speech) -> None:
        self._scene = scene
        self._speech = speech
        self._reflected: set[int] = set()
        self._pending_answers: list[SaveAnswer] = []

    def of(self, effects: Sequence[Effect]) -> Iterator[str]:
        """The lines of one turn; answers that are saved in a row stand in one."""
        for effect, ahead in zip(effects, (*effects[1:], None), strict=False):
            if isinstance(effect, SaveAnswer) and isinstance(ahead, SaveAnswer):
                self._pending_answers.append(effect)
            else:
                yield from self._lines_of(effect)

    def words(self, value: Value) -> str:
        """A value as she reads it."""
        return self._speech.value(value, str(self._scene.facts["person.language"]), self._scene.zone)

    def _lines_of(self, effect: Effect) -> Iterator[str]:
        match effect:
            case Say():
                yield from self._said(effect)
            case MarkChosen(session, step, buttons):
                labels = self._labels(buttons)
                sent = reversed(self._scene.shown)
                shown = next((one for one in sent if (one.session, one.step) == (session, step)), None)
                if shown is None:
                    raise AssertionError(f"nothing was sent that could be marked: {step}")
                if not labels:  # a tap may be on its way all the same
                    yield "buttons gone"
                    return
                shown.labels = labels
                yield "marked: " + " ".join(f"[{label}]" for label, _ in labels if label.startswith("✓"))
            case Rewrite(anchor, text):
                first, *more = self.words(text).split("\n")
                yield f"rewritten ({anchor}): {first}"
                yield from (f"     {line}".rstrip() for line in more)
            case Remove(anchor):
                yield f"removed ({anchor})"
            case AcknowledgeTap(text):
                yield "toast: " + ("-" if text is None else self.words(text))
            case SaveAnswer():
                kept = [*self._pending_answers, effect]
                self._pending_answers.clear()
                self._latest.update({(one.flow, one.key): Said(one.choice, one.words, self._scene.now) for one in kept})
                yield "-- saved " + " ".join(_answer(one) for one in kept)
            case ForgetAnswers(session, keys):
                for gone_key in keys:
                    self._latest.pop((self._scene.flows[session].id, gone_key), None)
                yield f"-- forgot {', '.join(keys)}"
            case RecordAsked(item, period, status, at, again_at):
                asked = cast(tuple[Asked, ...], self._scene.facts["asked.history"])
                others = tuple(one for one in asked if (one.item, one.period) != (item, period))
                self._scene.facts["asked.history"] = (*others, Asked(item, period, status, at, again_at))
                until = f" until {self._scene.when(again_at)}" if again_at else ""
                yield f"-- asked {item} in {period}: {status}{until}"
            case RecordCheckIn():
                yield from self._recorded(effect)
            case RecordReflections(session, directions, kind, level, towards):
                if directions or session in self._reflected:
                    flowed = " and ".join(directions) or "none"
                    yield " / ".join(filter(None, (f"-- saved reflection {flowed}", kind, level, towards)))
                    self._reflected.add(session)
                self._keep_entry(effect)
            case SaveNote(_, words, voice):
                noted = "none" if words is None else f"“{words.replace(chr(10), ' / ')}”"
                yield "-- saved note " + (noted if voice is None else "a voice note")
                self._keep_entry(effect)
            case SetSharing(_, sharing):
                yield f"-- sharing {sharing}"
                self._keep_entry(effect)
            case DeleteReflection():
                yield "-- reflection deleted"
                self._keep_entry(effect)
            case SetTimer(kind, period, due_at):
                self._scene.timers[kind, period] = effect
                yield f"-- timer {' '.join(filter(None, (kind, period)))}: {self._scene.when(due_at)}"
            case CancelTimer(kind, period):
                gone = [key for key in self._scene.timers if key[0] == kind and period in {None, key[1]}]
                for key in gone:
                    del self._scene.timers[key]
                    yield f"-- timer {' '.join(filter(None, key))}: cancelled"
            case WithdrawPrompts():
                yield "-- withdrawn: prompts not sent yet"
            case MuteTwin(muted):
                self._scene.facts["twin.muted"] = muted
                yield "-- hears no notes of the partner" if muted else "-- hears notes of the partner again"
            case CountWeek(_, period):
                yield f"-- week {period} counts as any other"
            case RaiseFlag(kind, detail):
                self._scene.facts["flags.up"] = self._flags_up | {kind}
                yield f"-- flag {kind} up" + (f" ({detail})" if detail else "")
            case ClearFlag(kind):
                self._scene.facts["flags.up"] = self._flags_up - {kind}
                yield f"-- flag {kind} down"
            case ProposePair() | ChangePair() | ResumePair() | MovePair() | AnswerForPair():
                yield pair_facts.follow(effect, self._scene.facts, self._scene.now, self._name_of, self._plain)
            case WriteChange():
                yield checklist_facts.follow(effect, self._scene.facts)
            case WriteGoal() | RecordMilestone():
                yield goal_facts.follow(effect, self._scene.facts, self._scene.now)
            case Tell(person, event):
                yield f"-- told {self._name_of(person)} {written(event)}"
            case ChangePerson(changes):
                self._scene.facts.update({f"person.{name}": value for name, value in changes.items()})
                yield "-- person " + " ".join(f"{name}={self._plain(value)}" for name, value in changes.items())
            case RecordConsent(purpose, _, given):
                self._scene.facts[f"consents.{purpose}"] = given
                yield f"-- consent {purpose} {'given' if given else 'refused'}"
            case ErasePerson(on_request, take_back):
                yield f"-- person erased{' on request' * on_request}{', what she shared taken back' * take_back}"
            case SendMyData():
                yield "-- sent: everything held about her"
            case SendCertificate(text, lines):
                yield f"-- sent as a page: {' | '.join(self.words(line) for _, line in lines)}"
                yield f"-- below it: {self.words(text)}"
            case KeepDraft(_, _, name):
                yield f"-- draft: {name} is fetched and judged"
            case PublishDraft():
                yield "-- draft: to be published"
            case DropDraft():
                yield "-- draft: thrown away"
            case TakeFlowsBack(_, names):
                yield f"-- to be taken back: {', '.join(names)}"
            case SendBroadcast(audience, texts):
                yield f"-- broadcast to {audience}: " + " ".join(f"{code}=“{text}”" for code, text in texts.items())
            case StopBroadcast(broadcast):
                yield f"-- broadcast {broadcast} stopped"
            case SendUnknownAgain(broadcast):
                yield f"-- broadcast {broadcast} to the unknown again"
            case NoteSkip(what, reason):
                yield f"-- skipped {what}: {reason}"
            case _:
                assert_never(effect)

    def _keep_entry(self, effect: OfEntry) -> None:
        """What storage does with an entry, so that it can be read again."""
        self._scene.facts[OWN] = Changed(dict(self._scene.facts), effect, self._scene.now)[OWN]

    @property
    def _latest(self) -> dict[tuple[str, str], Said]:
        """Her latest answer to each question. Of several sessions storage would find the one before again."""
        return cast(dict[tuple[str, str], Said], self._scene.facts["said.latest"])

    @property
    def _flags_up(self) -> frozenset[str]:
        up = self._scene.facts["flags.up"]
        assert isinstance(up, frozenset)
        return up

    def _said(self, say: Say) -> Iterator[str]:
        text = self._speech.text(say.text, str(self._scene.facts["person.language"]), self._scene.zone)
        marks = {"prompt": say.lane is Lane.PROMPT, "protected": say.protected}
        marks["a voice note"] = say.voice is not None
        if say.picture is not None:
            yield from self._pictured(say.picture)
        marked = ", ".join(name for name, holds in marks.items() if holds)
        head = f"bot ({marked}): " if marked else "bot: "
        first, *more = text.split("\n")
        yield (head + first).rstrip()
        yield from (f"     {line}".rstrip() for line in more)
        if say.buttons:
            if say.session is None or say.step is None:
                raise AssertionError("buttons that belong to no question")
            labels = self._labels(say.buttons)
            self._scene.shown.append(Shown(text, say.session, say.step, labels))
            yield "     " + " ".join(f"[{label}]" for label, _ in labels)

    def _pictured(self, chart: Chart) -> Iterator[str]:
        times = ", ".join(self.words(time) for time in chart.times)
        yield f"picture: {self.words(chart.title)} ({self.words(chart.note)}): {times}"
        yield from (f"         {self.words(label)}: {' '.join(map(str, amounts))}" for label, amounts in chart.rows)

    def _labels(self, buttons: Sequence[Button]) -> list[tuple[str, int]]:
        return [(("✓ " if one.chosen else "") + self.words(one.label), one.choice) for one in buttons]

    def _recorded(self, record: RecordCheckIn) -> Iterator[str]:
        answers = "".join(f" {key}={choice}" for key, choice in record.answers.items())
        yield f"-- saved check_in {record.period} {record.status}{' late' if record.late else ''}{answers}"
        moments = {
            "planned": record.planned_at,
            "sent": record.sent_at,
            "first touched": record.first_touched_at,
            "answered": record.answered_at,
        }
        known = [f"{name} {self._scene.when(moment)}" for name, moment in moments.items() if moment is not None]
        yield f"--   {', '.join(known)}"

    def _plain(self, value: object) -> str:
        return self._scene.when(value) if isinstance(value, datetime) else str(value)

    def _name_of(self, person: int) -> str:
        if person == self._scene.facts["twin.id"]:
            return "partner"
        cast_ = {one.id: one.name for one in CAST.values()}
        return cast_.get(PersonId(person)) or NAMES.get(PersonId(person), str(person))


def _answer(effect: SaveAnswer) -> str:
    if effect.voice is not None:
        return f"{effect.key}=a voice note"
    return f"{effect.key}={effect.choice if effect.choice is not None else f'“{effect.words}”'}"
