"""The stage: one person's conversation with facts, timers and a clock, played from a transcript. Pure, no database.

Rules kept here:

* A transcript is script and expectation in one. Lines of people, of the clock and of the world are fed in; every
  other line is made again, and the whole file compared.
* After every event the conversation goes through JSON, as it would between two processes.
* Time moves from one due moment to the next, never over one: timers fire in the order of their moments.
* What the shell does for a turn is done here as plainly: facts follow `ChangePerson`, the delivery of a prompt is
  reported at once, sessions whose time is over are forgotten.

The lines that are fed in:

    given person.state=paused            a fact, as JSON or as a plain word; at the head or anywhere below
    given ours.theirs={"call_me": [null, "Ann"]}   what the partner answered for the two: choice and words
    given phase=naming,planning contacts=3 agreed=yes   where the pair of the cast stands, and what is done there
    given candidates.twins=Fatu, Joke/Utrecht      who can be paired, on the side of Freetown where none is named
    given asking=yes                     the moment is planned at which is looked what to ask her beside the check-in
    given holidays=yes                   the real holidays of her country move what is asked; without it there are none
    given goals=[{"by": "theirs", "due": "2027-06-30"}]   goals of the two: who has agreed, and what is not usual
    given stands=goals:low/holds time:mixed/few   how Freetown and Utrecht answered the checklist, by save name
    given changes=[{"by": "Marieke", "words": "…"}]   changes of the checklist: by whom, and what is not usual
    given pairs=20                       her programme has so many pairs
    given delivery=no                    from here on prompts do not reach her phone
    @ Wednesday 09:00                    the clock moves to the next such moment, in her own zone
    @ 2027-03-28 09:00 / @ +3d           to that moment (as the first line: begin there) / on by so much (m, h, d)
    @ +3d while the bot is down          timers that fell due on the way fire at the end
    twin: text                           typed; `/pause` is a command
    twin taps [Label]                    the latest message with that button, also when it has just gone
    twin taps [Label] under "words"      the latest one that also has those words in it
    twin edits "old" to "new"            her latest message with exactly the old words
    twin sends photo                     something that is no text; `sends voice` is a voice note,
                                         `sends file NAME BYTES` a file
    told: PairMade pair=1 partner_name=Anneke      an event from the shell or from somebody else
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import assert_never, cast

from bot.commands import answer
from bot.holidays import is_holiday
from bot.lite import lightened
from bot.speech import Speech
from flows.asking import WORDS
from flows.catalogue import Catalogue, Flow
from flows.conversation import Conversation, kept_until
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
from flows.events import Event
from flows.events.own import CommandGiven, Edited, SentDocument, SentUnreadable, SentVoice, Tapped, Typed
from flows.events.shell import PromptDelivered
from flows.overlay import OWN_FILES
from flows.people import Asked, PersonId, Said
from flows.rules.agenda import asking_rule
from flows.rules.asking_days import plan_asking
from flows.rules.cadence import local_time, moment_at
from flows.rules.pausing import plan_check_in
from flows.rules.reflecting import OWN, Changed
from flows.session import Session, Status
from flows.timers import EXPIRES_UNHEARD, event_of
from flows.values import Chart, Value
from flows.wire import event_from_text, event_to_text, session_from_text, session_to_text
from tests.cast import CAST, NAMES, candidates, facts_of, overview
from tests.transcripts import checklist_facts, goal_facts, pair_facts
from tests.transcripts.coverage import Coverage
from tests.transcripts.script import ScriptError, shaped, told, value_of, written

FIRST_MOMENT = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)
"""A Sunday evening: the first check-in of the cast comes the next morning."""

A_MOMENT = timedelta(seconds=1)
"""Between one thing that a person does and the next."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_FED = re.compile(r"(#|@ |given |told: |(twin|coordinator)(: | taps | edits | sends ))")
_TAPS = re.compile(r'taps \[(.+?)\](?: under "(.+)")?\Z')
_DATED = re.compile(r"\d{4}-\d\d-\d\d ")
_EDITS = re.compile(r'edits "(.+)" to "(.+)"\Z')


@dataclass(slots=True)
class Shown:
    """One message on her phone that has buttons."""

    text: str
    session: int
    step: str
    labels: list[tuple[str, int]]


class Stage:
    """One transcript being played. `lines` is what came of it so far."""

    def __init__(self, catalogue: Catalogue, speech: Speech, coverage: Coverage) -> None:
        self._catalogue = catalogue
        self._speech = speech
        self._coverage = coverage
        self.lines: list[str] = []
        self._facts: dict[str, object] = facts_of(CAST["Fatmata"])
        self._conversation = Conversation()
        self._now = FIRST_MOMENT
        self._began = False
        self._delivers = True
        self._timers: dict[tuple[str, str], SetTimer] = {}
        self._shown: list[Shown] = []
        self._sent: list[tuple[str, int]] = []
        self._flows: dict[int, Flow] = {}
        self._reflected: set[int] = set()
        self._pending_answers: list[SaveAnswer] = []

    def play(self, script: str) -> str:
        """The transcript that comes of `script`; the same text when everything is as expected."""
        blank = False
        for line in script.splitlines():
            if _FED.match(line):
                self.lines.extend([""] * blank)  # an empty line inside what the bot says is made again with it
                self.lines.append(line)
                self._feed(line)
            blank = not line.strip()
        return "\n".join(self.lines) + "\n"

    # -- what is fed in ----------------------------------------------------------------------------------------------

    def _feed(self, line: str) -> None:
        who, _, rest = line.partition(" ")
        match who:
            case "given":
                self._give(*rest.split("=", 1))
            case "@":
                if not self._began and _DATED.match(rest):
                    self._now = self._target(rest) - timedelta(minutes=1)
                self._begin()
                self._move(rest)
            case "told:":
                self._begin()
                self._turn(told(rest))
            case "twin:" | "coordinator:":
                self._begin()
                self._type(rest)
            case "twin" | "coordinator":
                self._begin()
                self._act(rest)

    def _give(self, name: str, value: str) -> None:
        if name == "who":
            self._facts = facts_of(CAST[value])
        elif name == OWN_FILES:
            self._facts[name] = value_of(value)
        elif name == "delivery":
            self._delivers = value != "no"
        elif name == "phase":
            pair_facts.place(self._facts, pair_facts.standing_of(value))
        elif name in {"ours.mine", "ours.theirs"}:
            self._facts[name] = pair_facts.answered(value, self._now)
        elif name == "goals":
            self._facts["ours.goals"] = self._facts["goals.list"] = goal_facts.given(value, self._now)
        elif name == "stands":
            self._facts["checklist.answers"] = checklist_facts.counted(value)
        elif name == "changes":
            changes = checklist_facts.given(value, self._now)
            self._facts["checklist.changes"] = self._facts["changes.list"] = changes
        elif name == "candidates.twins":
            self._facts[name] = candidates(value)
        elif name == "holidays":
            self._facts["world.holidays"] = is_holiday
        elif name == "asking":
            rule = asking_rule(self._facts)
            if rule is None:
                raise ScriptError("she has no day and hour yet")
            planned = plan_asking(rule, self._now)
            self._timers[planned.kind, planned.period] = planned
        elif name == "pairs":
            self._facts["coordination.overview"] = overview(int(value))
        elif name in self._facts:
            given, known = shaped(name, value_of(value)), self._facts[name]
            self._facts[name] = frozenset(given) if isinstance(known, frozenset) and isinstance(given, tuple) else given
        else:
            raise ScriptError(f"there is no fact {name}")

    def _begin(self) -> None:
        if self._began:
            return
        self._began = True
        planned = plan_check_in(self._facts, self._now) if self._facts["person.state"] == "active" else None
        if planned is not None:
            self._timers[planned.kind, planned.period] = planned

    def _type(self, text: str) -> None:
        if text.startswith("/"):
            name, _, argument = text[1:].partition(" ")
            self._turn(CommandGiven(name, argument))
        else:
            self._sent.append((text, len(self._sent) + 1))
            self._turn(Typed(text, len(self._sent)))

    def _act(self, line: str) -> None:
        if found := _TAPS.match(line):
            self._turn(self._tap(found[1], found[2]))
        elif found := _EDITS.match(line):
            number = next((number for text, number in reversed(self._sent) if text == found[1]), None)
            if number is None:
                raise ScriptError(f"she never wrote {found[1]}")
            self._sent.append((found[2], number))
            self._turn(Edited(found[2], number))
        elif line == "sends voice":
            self._sent.append((line, len(self._sent) + 1))
            self._turn(SentVoice("voice-file", 12, len(self._sent)))
        elif line.startswith("sends file "):
            name, size = line.removeprefix("sends file ").split()
            self._sent.append((line, len(self._sent) + 1))
            self._turn(SentDocument("file-id", name, int(size), len(self._sent)))
        elif line.startswith("sends "):
            self._turn(SentUnreadable(line.removeprefix("sends ")))
        else:
            raise ScriptError(f"what is this? {line}")

    def _tap(self, label: str, under: str | None) -> Tapped:
        for shown in reversed(self._shown):
            for own, choice in shown.labels:
                if own.removeprefix("✓ ") == label and (under is None or under in shown.text):
                    return Tapped(shown.session, shown.step, choice)
        raise ScriptError(f"no message has a button [{label}]" + (f' under "{under}"' if under else ""))

    # -- the clock ---------------------------------------------------------------------------------------------------

    def _move(self, line: str) -> None:
        when, _, down = line.partition(" while ")
        target = self._target(when)
        if target < self._now:
            raise ScriptError(f"the clock never goes back: {line}")
        if down:
            self._now = target
        while due := self._next_due(target):
            self._now = max(self._now, due.due_at)
            del self._timers[due.kind, due.period]
            if self._now != target:
                self.lines.append(f"-- {self._when(self._now)}: {due.kind}")
            if due.kind in EXPIRES_UNHEARD and due.valid_until is not None and self._now > due.valid_until:
                self.lines.append(f"-- skipped {due.kind}: too_late")
                continue
            self._turn(event_of(due.kind, due.period, due.due_at))
        self._now = target

    def _next_due(self, target: datetime) -> SetTimer | None:
        due = [timer for timer in self._timers.values() if timer.due_at <= target]
        return min(due, key=lambda timer: (timer.due_at, timer.kind, timer.period), default=None)

    def _target(self, when: str) -> datetime:
        if found := re.fullmatch(r"\+(\d+)([mhd])", when):
            return self._now + int(found[1]) * _UNITS[found[2]]
        day, _, clock = when.rpartition(" ")
        hour, minute = (int(part) for part in clock.split(":"))
        if _DATED.match(when):
            return moment_at(datetime.strptime(day, "%Y-%m-%d").date(), hour * 60 + minute, self._zone)  # noqa: DTZ007
        if day not in WEEKDAYS:
            raise ScriptError(f"what moment is this? {when}")
        date = local_time(self._now, self._zone).date()
        for ahead in range(8):
            moment = moment_at(date + timedelta(days=ahead), hour * 60 + minute, self._zone)
            if local_time(moment, self._zone).weekday() == WEEKDAYS.index(day) and moment > self._now:
                return moment
        raise AssertionError("a week has every weekday")

    @property
    def _zone(self) -> str:
        return str(self._facts["person.zone"])

    def _when(self, moment: datetime) -> str:
        local = local_time(moment, self._zone)
        return f"{WEEKDAYS[local.weekday()][:3]} {local.day} {local:%b} {local:%H:%M}"

    # -- a turn ------------------------------------------------------------------------------------------------------

    def _turn(self, event: Event) -> None:
        if isinstance(event, Typed | Edited | Tapped | CommandGiven | SentUnreadable | SentVoice | SentDocument):
            self._now += A_MOMENT
        self._forget()
        before = self._conversation
        event = event_from_text(event_to_text(event))
        response = answer(before, event, self._catalogue, {**self._facts, WORDS: self._catalogue.words}, now=self._now)
        self._conversation = Conversation(
            tuple(self._through_json(session) for session in response.conversation.sessions),
            response.conversation.started,
        )
        self._flows |= {one.number: self._catalogue.version(one.version) for one in self._conversation.sessions}
        self._coverage.note(before, event, self._conversation, response.effects, self._flows, self._facts)
        effects = lightened(response.effects, self._words) if self._facts["person.lite"] else response.effects
        reported = self._show(effects)
        self._show_sessions(before)
        self._forget()
        for number in reported:
            if self._delivers:
                self._turn(PromptDelivered(number, self._now))

    def _through_json(self, session: Session) -> Session:
        again = session_from_text(session_to_text(session))
        if again != session:
            raise AssertionError(f"a session did not survive JSON:\n{session}\n{again}")
        return again

    def _forget(self) -> None:
        flows = self._catalogue.version
        kept = [(one, kept_until(one, flows(one.version))) for one in self._conversation.sessions]
        live = tuple(one for one, until in kept if until is None or until >= self._now)
        self._conversation = replace(self._conversation, sessions=live)

    # -- what is shown -----------------------------------------------------------------------------------------------

    def _show(self, effects: Sequence[Effect]) -> list[int]:
        reported = []
        for effect, ahead in zip(effects, (*effects[1:], None), strict=False):
            if isinstance(effect, SaveAnswer) and isinstance(ahead, SaveAnswer):
                self._pending_answers.append(effect)
                continue
            for line in self._lines_of(effect):
                self.lines.append(line)
            if isinstance(effect, Say) and effect.report_delivery and effect.session is not None:
                reported.append(effect.session)
        return reported

    def _lines_of(self, effect: Effect) -> Iterator[str]:
        match effect:
            case Say():
                yield from self._said(effect)
            case MarkChosen(session, step, buttons):
                labels = self._labels(buttons)
                shown = next((one for one in reversed(self._shown) if (one.session, one.step) == (session, step)), None)
                if shown is None:
                    raise AssertionError(f"nothing was sent that could be marked: {step}")
                if not labels:  # a tap may be on its way all the same
                    yield "buttons gone"
                    return
                shown.labels = labels
                yield "marked: " + " ".join(f"[{label}]" for label, _ in labels if label.startswith("✓"))
            case Rewrite(anchor, text):
                first, *more = self._words(text).split("\n")
                yield f"rewritten ({anchor}): {first}"
                yield from (f"     {line}".rstrip() for line in more)
            case Remove(anchor):
                yield f"removed ({anchor})"
            case AcknowledgeTap(text):
                yield "toast: " + ("-" if text is None else self._words(text))
            case SaveAnswer():
                kept = [*self._pending_answers, effect]
                self._pending_answers.clear()
                self._latest.update({(one.flow, one.key): Said(one.choice, one.words, self._now) for one in kept})
                yield "-- saved " + " ".join(_answer(one) for one in kept)
            case ForgetAnswers(session, keys):
                for gone_key in keys:
                    self._latest.pop((self._flows[session].id, gone_key), None)
                yield f"-- forgot {', '.join(keys)}"
            case RecordAsked(item, period, status, at, again_at):
                asked = cast(tuple[Asked, ...], self._facts["asked.history"])
                others = tuple(one for one in asked if (one.item, one.period) != (item, period))
                self._facts["asked.history"] = (*others, Asked(item, period, status, at, again_at))
                yield f"-- asked {item} in {period}: {status}" + (f" until {self._when(again_at)}" if again_at else "")
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
                self._timers[kind, period] = effect
                yield f"-- timer {' '.join(filter(None, (kind, period)))}: {self._when(due_at)}"
            case CancelTimer(kind, period):
                gone = [key for key in self._timers if key[0] == kind and period in {None, key[1]}]
                for key in gone:
                    del self._timers[key]
                    yield f"-- timer {' '.join(filter(None, key))}: cancelled"
            case WithdrawPrompts():
                yield "-- withdrawn: prompts not sent yet"
            case MuteTwin(muted):
                self._facts["twin.muted"] = muted
                yield "-- hears no notes of the partner" if muted else "-- hears notes of the partner again"
            case CountWeek(_, period):
                yield f"-- week {period} counts as any other"
            case RaiseFlag(kind, detail):
                self._facts["flags.up"] = self._flags_up | {kind}
                yield f"-- flag {kind} up" + (f" ({detail})" if detail else "")
            case ClearFlag(kind):
                self._facts["flags.up"] = self._flags_up - {kind}
                yield f"-- flag {kind} down"
            case ProposePair() | ChangePair() | MovePair() | AnswerForPair():
                yield pair_facts.follow(effect, self._facts, self._now, self._name_of, self._plain)
            case WriteChange():
                yield checklist_facts.follow(effect, self._facts)
            case WriteGoal() | RecordMilestone():
                yield goal_facts.follow(effect, self._facts, self._now)
            case Tell(person, event):
                yield f"-- told {self._name_of(person)} {written(event)}"
            case ChangePerson(changes):
                self._facts.update({f"person.{name}": value for name, value in changes.items()})
                yield "-- person " + " ".join(f"{name}={self._plain(value)}" for name, value in changes.items())
            case RecordConsent(purpose, _, given):
                self._facts[f"consents.{purpose}"] = given
                yield f"-- consent {purpose} {'given' if given else 'refused'}"
            case ErasePerson(on_request, take_back):
                yield f"-- person erased{' on request' * on_request}{', what she shared taken back' * take_back}"
            case SendMyData():
                yield "-- sent: everything held about her"
            case SendCertificate(text, lines):
                yield f"-- sent as a page: {' | '.join(self._words(line) for _, line in lines)}"
                yield f"-- below it: {self._words(text)}"
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
        self._facts[OWN] = Changed(dict(self._facts), effect, self._now)[OWN]

    @property
    def _latest(self) -> dict[tuple[str, str], Said]:
        """Her latest answer to each question. Of several sessions storage would find the one before again."""
        return cast(dict[tuple[str, str], Said], self._facts["said.latest"])

    @property
    def _flags_up(self) -> frozenset[str]:
        up = self._facts["flags.up"]
        assert isinstance(up, frozenset)
        return up

    def _said(self, say: Say) -> Iterator[str]:
        text = self._speech.text(say.text, str(self._facts["person.language"]), self._zone)
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
            self._shown.append(Shown(text, say.session, say.step, labels))
            yield "     " + " ".join(f"[{label}]" for label, _ in labels)

    def _pictured(self, chart: Chart) -> Iterator[str]:
        times = ", ".join(self._words(time) for time in chart.times)
        yield f"picture: {self._words(chart.title)} ({self._words(chart.note)}): {times}"
        yield from (f"         {self._words(label)}: {' '.join(map(str, amounts))}" for label, amounts in chart.rows)

    def _labels(self, buttons: Sequence[Button]) -> list[tuple[str, int]]:
        return [(("✓ " if one.chosen else "") + self._words(one.label), one.choice) for one in buttons]

    def _words(self, value: Value) -> str:
        return self._speech.value(value, str(self._facts["person.language"]), self._zone)

    def _recorded(self, record: RecordCheckIn) -> Iterator[str]:
        answers = "".join(f" {key}={choice}" for key, choice in record.answers.items())
        yield f"-- saved check_in {record.period} {record.status}{' late' if record.late else ''}{answers}"
        moments = {
            "planned": record.planned_at,
            "sent": record.sent_at,
            "first touched": record.first_touched_at,
            "answered": record.answered_at,
        }
        known = [f"{name} {self._when(moment)}" for name, moment in moments.items() if moment is not None]
        yield f"--   {', '.join(known)}"

    def _plain(self, value: object) -> str:
        return self._when(value) if isinstance(value, datetime) else str(value)

    def _name_of(self, person: int) -> str:
        if person == self._facts["twin.id"]:
            return "partner"
        cast_ = {one.id: one.name for one in CAST.values()}
        return cast_.get(PersonId(person)) or NAMES.get(PersonId(person), str(person))

    def _show_sessions(self, before: Conversation) -> None:
        for session in self._conversation.sessions:
            earlier = before.numbered(session.number)
            was = None if earlier is None else earlier.status
            over = {Status.ENDED, Status.LISTENING}
            if session.status in over and was not in over:
                self.lines.append(f"-- ended {session.flow} {session.outcome}")
            elif session.status is Status.OPEN and was in over:
                self.lines.append(f"-- reopened {session.flow}")
            elif session.status is Status.HELD and was is None:
                self.lines.append(f"-- held {session.flow}")


def _answer(effect: SaveAnswer) -> str:
    if effect.voice is not None:
        return f"{effect.key}=a voice note"
    return f"{effect.key}={effect.choice if effect.choice is not None else f'“{effect.words}”'}"
