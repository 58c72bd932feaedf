"""The stage: one person's conversation with facts, timers and a clock, played from a transcript. Pure, no database.

Rules kept here:

* A transcript is script and expectation in one. Lines of people, of the clock and of the world are fed in; every
  other line is made again, and the whole file compared.
* After every event the conversation goes through JSON, as it would between two processes.
* Time moves from one due moment to the next, never over one: timers fire in the order of their moments.
* What the shell does for a turn is done as plainly: facts follow `ChangePerson` (`telling`), the delivery of a prompt
  is reported at once, sessions whose time is over are forgotten.

The lines that are fed in:

    given person.state=paused            a fact, as JSON or as a plain word; at the head or anywhere below
    given together.theirs={"call_me": [null, "Ann"]}   what the partner answered for the two: choice and words
    given phase=naming,planning contacts=3 agreed=yes   where the pair of the cast stands, and what is done there
    given candidates.twins=Fatu, Joke/Utrecht      who can be paired, on the side of Freetown where none is named
    given flagged=1:wish_stop 2:help     what is up about twins, as coordinators see it
    given ended=4 workload:3 contact:1   so many pairs of the programme have ended, and why as their twins said
    given unpaired=13,12 taken           a coordinator ended the pair of these two; one of them is in another one now
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
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.commands import answer
from bot.holidays import is_holiday
from bot.lite import lightened
from bot.speech import Speech
from flows.asking import WORDS
from flows.catalogue import Catalogue
from flows.conversation import Conversation, kept_until
from flows.effects import Say, SetTimer
from flows.events import Event
from flows.events.own import CommandGiven, Edited, SentDocument, SentUnreadable, SentVoice, Tapped, Typed
from flows.events.shell import PromptDelivered
from flows.overlay import OWN_FILES
from flows.rules.agenda import asking_rule
from flows.rules.asking_days import plan_asking
from flows.rules.cadence import local_time, moment_at
from flows.rules.pausing import plan_check_in
from flows.session import Session, Status
from flows.timers import EXPIRES_UNHEARD, event_of
from flows.wire import event_from_text, event_to_text, session_from_text, session_to_text
from tests.cast import CAST, candidates, facts_of, overview
from tests.transcripts import checklist_facts, goal_facts, pair_facts
from tests.transcripts.coverage import Coverage
from tests.transcripts.scene import WEEKDAYS, Scene
from tests.transcripts.script import ScriptError, shaped, told, value_of
from tests.transcripts.telling import Telling

FIRST_MOMENT = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)
"""A Sunday evening: the first check-in of the cast comes the next morning."""

A_MOMENT = timedelta(seconds=1)
"""Between one thing that a person does and the next."""

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_FED = re.compile(r"(#|@ |given |told: |(twin|coordinator)(: | taps | edits | sends ))")
_TAPS = re.compile(r'taps \[(.+?)\](?: under "(.+)")?\Z')
_DATED = re.compile(r"\d{4}-\d\d-\d\d ")
_EDITS = re.compile(r'edits "(.+)" to "(.+)"\Z')


class Stage:
    """One transcript being played. `lines` is what came of it so far."""

    def __init__(self, catalogue: Catalogue, speech: Speech, coverage: Coverage) -> None:
        self._catalogue = catalogue
        self._coverage = coverage
        self.lines: list[str] = []
        self._scene = Scene(facts_of(CAST["Fatmata"]), FIRST_MOMENT)
        self._telling = Telling(self._scene, speech)
        self._conversation = Conversation()
        self._began = False
        self._delivers = True
        self._sent: list[tuple[str, int]] = []

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
                    self._scene.now = self._target(rest) - timedelta(minutes=1)
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
        facts, now = self._scene.facts, self._scene.now
        if name == "who":
            self._scene.facts = facts_of(CAST[value])
        elif name == "delivery":
            self._delivers = value != "no"
        elif name == "phase":
            pair_facts.place(facts, pair_facts.standing_of(value))
        elif name in {"together.mine", "together.theirs"}:
            facts[name] = pair_facts.answered(value, now)
        elif name == "goals":
            facts["together.goals"] = facts["goals.list"] = goal_facts.given(value, now)
        elif name == "stands":
            facts["checklist.answers"] = checklist_facts.counted(value)
        elif name == "changes":
            changes = checklist_facts.given(value, now)
            facts["checklist.changes"] = facts["changes.list"] = changes
        elif name == "flagged":
            pair_facts.flag(facts, value)
        elif name == "ended":
            facts["endings.counted"] = pair_facts.endings(value)
        elif name == "unpaired":
            facts["candidates.unpaired"] = pair_facts.unpaired(value)
        elif name == OWN_FILES:
            facts[name] = value_of(value)
        elif name == "candidates.twins":
            facts[name] = candidates(value)
        elif name == "holidays":
            facts["world.holidays"] = is_holiday
        elif name == "asking":
            rule = asking_rule(facts)
            if rule is None:
                raise ScriptError("she has no day and hour yet")
            planned = plan_asking(rule, now)
            self._scene.timers[planned.kind, planned.period] = planned
        elif name == "pairs":
            facts["coordination.overview"] = overview(int(value))
        elif name in facts:
            given, known = shaped(name, value_of(value)), facts[name]
            if isinstance(known, frozenset) and isinstance(given, tuple):
                given = frozenset(given)
            facts[name] = given
        else:
            raise ScriptError(f"there is no fact {name}")

    def _begin(self) -> None:
        if self._began:
            return
        self._began = True
        facts, now = self._scene.facts, self._scene.now
        planned = plan_check_in(facts, now) if facts["person.state"] == "active" else None
        if planned is not None:
            self._scene.timers[planned.kind, planned.period] = planned

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
        for shown in reversed(self._scene.shown):
            for own, choice in shown.labels:
                if own.removeprefix("✓ ") == label and (under is None or under in shown.text):
                    return Tapped(shown.session, shown.step, choice)
        raise ScriptError(f"no message has a button [{label}]" + (f' under "{under}"' if under else ""))

    # -- the clock ---------------------------------------------------------------------------------------------------

    def _move(self, line: str) -> None:
        when, _, down = line.partition(" while ")
        target = self._target(when)
        if target < self._scene.now:
            raise ScriptError(f"the clock never goes back: {line}")
        if down:
            self._scene.now = target
        while due := self._next_due(target):
            self._scene.now = max(self._scene.now, due.due_at)
            del self._scene.timers[due.kind, due.period]
            if self._scene.now != target:
                self.lines.append(f"-- {self._scene.when(self._scene.now)}: {due.kind}")
            if due.kind in EXPIRES_UNHEARD and due.valid_until is not None and self._scene.now > due.valid_until:
                self.lines.append(f"-- skipped {due.kind}: too_late")
                continue
            self._turn(event_of(due.kind, due.period, due.due_at))
        self._scene.now = target

    def _next_due(self, target: datetime) -> SetTimer | None:
        due = [timer for timer in self._scene.timers.values() if timer.due_at <= target]
        return min(due, key=lambda timer: (timer.due_at, timer.kind, timer.period), default=None)

    def _target(self, when: str) -> datetime:
        if found := re.fullmatch(r"\+(\d+)([mhd])", when):
            return self._scene.now + int(found[1]) * _UNITS[found[2]]
        day, _, clock = when.rpartition(" ")
        hour, minute = (int(part) for part in clock.split(":"))
        if _DATED.match(when):
            return moment_at(datetime.strptime(day, "%Y-%m-%d").date(), hour * 60 + minute, self._scene.zone)  # noqa: DTZ007
        if day not in WEEKDAYS:
            raise ScriptError(f"what moment is this? {when}")
        date = local_time(self._scene.now, self._scene.zone).date()
        for ahead in range(8):
            moment = moment_at(date + timedelta(days=ahead), hour * 60 + minute, self._scene.zone)
            if local_time(moment, self._scene.zone).weekday() == WEEKDAYS.index(day) and moment > self._scene.now:
                return moment
        raise AssertionError("a week has every weekday")

    # -- a turn ------------------------------------------------------------------------------------------------------

    def _turn(self, event: Event) -> None:
        if isinstance(event, Typed | Edited | Tapped | CommandGiven | SentUnreadable | SentVoice | SentDocument):
            self._scene.now += A_MOMENT
        self._forget()
        before = self._conversation
        event = event_from_text(event_to_text(event))
        known = {**self._scene.facts, WORDS: self._catalogue.words}
        response = answer(before, event, self._catalogue, known, now=self._scene.now)
        self._conversation = Conversation(
            tuple(self._through_json(session) for session in response.conversation.sessions),
            response.conversation.started,
        )
        self._scene.flows |= {one.number: self._catalogue.version(one.version) for one in self._conversation.sessions}
        self._coverage.note(before, event, self._conversation, response.effects, self._scene.flows, self._scene.facts)
        effects = response.effects
        if self._scene.facts["person.lite"]:
            effects = lightened(effects, self._telling.words)
        self.lines.extend(self._telling.of(effects))
        self._show_sessions(before)
        self._forget()
        for effect in effects:
            if isinstance(effect, Say) and effect.report_delivery and effect.session is not None and self._delivers:
                self._turn(PromptDelivered(effect.session, self._scene.now))

    def _through_json(self, session: Session) -> Session:
        again = session_from_text(session_to_text(session))
        if again != session:
            raise AssertionError(f"a session did not survive JSON:\n{session}\n{again}")
        return again

    def _forget(self) -> None:
        flows = self._catalogue.version
        kept = [(one, kept_until(one, flows(one.version))) for one in self._conversation.sessions]
        live = tuple(one for one, until in kept if until is None or until >= self._scene.now)
        self._conversation = replace(self._conversation, sessions=live)

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
