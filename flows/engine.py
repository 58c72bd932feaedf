"""The conversation engine: a pure function from one event to what is to be done.

Rules kept here:

* `advance` reads no clock, keeps no state and knows no language: everything arrives as an argument.
* One question at a time: however many steps an event runs through, at most one question is asked at its end.
* Wrong input is re-asked kindly, at most twice; then an optional question is passed over and any other one rests,
  still open, until the person comes back to it.
* A tap on an earlier step, or an edited message, is a correction: what followed from it is asked again.
* Digits are read along the path actually taken: what fits is kept, the first that does not is asked, extra ones are
  named, and what was understood is said in words with a way to change it.
* The same answer twice changes nothing, so an update that Telegram delivers twice, or a thumb that taps twice, is
  harmless even when it arrives under another number.
* Words that might identify somebody wait in the session, visible to nobody, until their author decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flows import digits
from flows.catalogue import Choice, Flow
from flows.definition import GUARD, ChoicesByRule, Listen, StepDefinition, placeholders
from flows.effects import (
    AcknowledgeTap,
    Begin,
    Button,
    CancelTimer,
    Effect,
    ForgetAnswers,
    Lane,
    Listed,
    MarkChosen,
    SaveAnswer,
    SaveNote,
    Say,
    SetTimer,
    Text,
    Value,
)
from flows.errors import FlowMisled
from flows.events import (
    BroughtToFront,
    CommandGiven,
    Edited,
    Event,
    FlowStarted,
    HeldPromptFellDue,
    PromptDelivered,
    PromptFellDue,
    ReminderFellDue,
    SessionExpired,
    Tapped,
    Typed,
    WaitEnded,
)
from flows.rules import CHOICES, DECISIONS, EFFECTS, READERS, RECORDS, VALUES
from flows.rules.cadence import CheckInRule, own_hour_after
from flows.rules.confidentiality import might_identify
from flows.rules.situation import Facts, NotUnderstood, OneOf, Situation, Understood
from flows.session import Answered, Outcome, Session, Status

REASKS = 2
"""Wrong answers that are re-asked; design.md section 5. A third question would be nagging."""

STEPS_AT_ONCE = 100
"""Steps that may run without input. The checks refuse a loop without input; this catches one that slips through."""

SAME_LINE_WITHIN = timedelta(minutes=10)
"""A line that comes again within this time was sent twice by a bad network, not meant twice."""

DISCARD_AFTER = timedelta(hours=24)
"""How long words that might identify somebody wait for their author's decision."""

REMINDER_VALID_FOR = timedelta(hours=12)
"""A reminder that could not be sent by then is worse than none."""

WORDS_LIMIT = 500
"""Characters of free text kept, domain.md section 4. What is longer is not cut but asked for again, shorter."""

SKIP = 0
"""The number of the skip button: zero, so that a choice added later moves no number."""

GUARD_CHOICES = ("edit", "keep", "discard")
"""What can be done with words that might identify somebody, in the order of their numbers."""

CHANGE = 1
"""The only button under a closing line."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of one event: the session as it is now, and what the shell is to do."""

    session: Session
    effects: tuple[Effect | Begin, ...]


def advance(flow: Flow, session: Session, event: Event, facts: Facts, *, now: datetime) -> Turn:
    """Take one event in one session of `flow`. `now` is aware, in UTC.

    Raises FlowMisled, KeyError or TypeError for an author's error that the checks did not catch; never for what a
    person sent.
    """
    passage = _Passage(flow, session, facts, now)
    match event:
        case FlowStarted() | PromptFellDue() | HeldPromptFellDue():
            passage.begin(as_prompt=not isinstance(event, FlowStarted))
        case Typed(text, message):
            passage.typed(text, message)
        case Edited(text, message):
            passage.edited(text, message)
        case Tapped(_, step, choice):
            passage.tapped(step, choice)
        case BroughtToFront():
            passage.to_ask = session.step
        case WaitEnded():
            passage.wait_ended()
        case ReminderFellDue():
            passage.remind()
        case SessionExpired():
            passage.expire()
        case PromptDelivered(_, at):
            passage.delivered(at)
        case CommandGiven("back"):
            passage.back()
        case CommandGiven("skip"):
            passage.skip()
        case CommandGiven("leave"):
            passage.leave()
        case _:
            raise FlowMisled(f"{type(event).__name__} is not an event of a session")
    return passage.turn()


class _Passage:
    """The working table of one `advance`; nothing of it outlives the call."""

    def __init__(self, flow: Flow, session: Session, facts: Facts, now: datetime) -> None:
        self.flow = flow
        self.session = session
        self.facts = facts
        self.now = now
        self.effects: list[Effect | Begin] = []
        self.to_ask: str | None = None
        self.lane = Lane.REPLY
        self.hint: Text | None = None
        self.understood: list[Value] = []
        self.unread: Sequence[digits.Token] = ()
        self.line = False

    def turn(self) -> Turn:
        if self.to_ask is not None and self.session.status is Status.OPEN:
            self._ask(self.flow.step(self.to_ask))
        return Turn(self.session, tuple(self.effects))

    def _change(self, **fields: Any) -> None:
        self.session = replace(self.session, **fields)

    @property
    def _situation(self) -> Situation:
        return Situation(self.flow, self.session, self.facts, self.now)

    # -- going along the path --------------------------------------------------------------------------------------

    def begin(self, *, as_prompt: bool) -> None:
        if as_prompt:
            self.lane = Lane.PROMPT
        self._change(status=Status.OPEN)
        expires = self.flow.definition.expires
        if expires is not None and isinstance(expires.after, timedelta):
            self.effects.append(SetTimer("expiry", str(self.session.number), self.now + expires.after))
        self._enter(self.flow.first.id)

    def _enter(self, target: str | None) -> None:
        """Run steps until one waits for the person, or the flow ends."""
        for _ in range(STEPS_AT_ONCE):
            if target is None:
                self._finish(Outcome.COMPLETED)
                return
            step = self.flow.step(target)
            self._change(step=step.id, offered=(), misses=0)
            match step.kind:
                case "say":
                    self._say(step)
                    if step.listen is not None:
                        self._finish(Outcome.COMPLETED, step.listen)
                        return
                    target = self.flow.following(step)
                case "decide":
                    outcome = DECISIONS[step.decide or ""].run(self._situation)
                    target = self.flow.following(step, step.then[outcome])
                case "do":
                    self.effects.extend(EFFECTS[step.do or ""].run(self._situation))
                    target = self.flow.following(step)
                case "start":
                    self.effects.append(Begin(step.start or ""))
                    target = self.flow.following(step)
                case "wait":
                    due = self.now + (step.wait or timedelta())
                    self.effects.append(SetTimer("wait", str(self.session.number), due))
                    return
                case _:
                    if isinstance(step.choices, ChoicesByRule):
                        offers = CHOICES[step.choices.rule].run(self._situation)
                        self._change(offered=tuple(offer.id for offer in offers))
                    self.to_ask = step.id
                    return
        raise FlowMisled(f"flow {self.flow.id} runs in a circle at {target}")

    def wait_ended(self) -> None:
        step = self._current
        if step is not None and step.kind == "wait":
            self._enter(self.flow.following(step))

    def _finish(self, outcome: Outcome, listen: Listen | None = None) -> None:
        self._change(
            status=Status.ENDED if listen is None else Status.LISTENING,
            outcome=outcome,
            ended_at=self.now,
            # an unfinished one keeps its place, so that a late tap can go on from it
            step=None if outcome is Outcome.COMPLETED else self.session.step,
            misses=0,
        )
        self.to_ask = None
        if self.flow.definition.reminder is not None:
            self.effects.append(CancelTimer("reminder", str(self.session.number)))
        expires = self.flow.definition.expires
        if expires is not None and isinstance(expires.after, timedelta):
            self.effects.append(CancelTimer("expiry", str(self.session.number)))
        self._record()

    def _record(self) -> None:
        if self.flow.definition.record is not None:
            self.effects.extend(RECORDS[self.flow.definition.record].run(self._situation))

    # -- speaking --------------------------------------------------------------------------------------------------

    def _say(self, step: StepDefinition) -> None:
        text = self._text(step)
        buttons: tuple[Button, ...] = ()
        if self.line and self.understood and step.listen is not None:
            values: dict[str, Value] = {"understood": Listed(tuple(self.understood), " · "), "closing": text}
            if self.unread:
                values["extra"] = digits.written(tuple(self.unread))
            text = Text("engine.understood_extra" if self.unread else "engine.understood", values)
            buttons = (Button(Text("engine.change"), CHANGE),)
        self._send(text, step.id, buttons)

    def _ask(self, step: StepDefinition) -> None:
        text = self._text(step)
        if self.line and (self.understood or self.unread):
            text = self._what_was_read(text)
        elif self.hint is not None:
            text = Text("engine.again", {"hint": self.hint, "question": text})
        self._send(text, step.id, self._buttons(step))
        if step.id not in self.session.asked:
            self._change(asked=(*self.session.asked, step.id))
        self._change(asked_at=self.now)

    def _what_was_read(self, question: Text) -> Text:
        values: dict[str, Value] = {"question": question}
        if self.understood:
            values["understood"] = Listed(tuple(self.understood), " · ")
        if self.unread:
            values["unread"] = digits.written(tuple(self.unread[:1]))
        parts = "_".join(part for part in ("understood", "unread") if part in values)
        return Text(f"engine.line_{parts}", values)

    def _send(self, text: Text, step: str, buttons: tuple[Button, ...]) -> None:
        first = self.session.period is not None and not self.session.asked
        self.effects.append(
            Say(
                text,
                buttons,
                self.session.number,
                step,
                self.lane,
                valid_until=self.now + REMINDER_VALID_FOR if self.lane is Lane.PROMPT else None,
                report_delivery=first,
            )
        )

    def _text(self, step: StepDefinition) -> Text:
        return self._wording(f"{self.flow.id}.{step.id}", step.text or "", step.values)

    def _wording(self, text: str, source: str, named: Mapping[str, str]) -> Text:
        values = {name: self._fill(name, named) for name in placeholders(source)}
        return Text(text, values, self.session.version)

    def _fill(self, name: str, named: Mapping[str, str]) -> Value:
        if name in named:
            return VALUES[named[name]].run(self._situation)
        for answered in reversed(self.session.path):
            if self.flow.step(answered.step).save == name:
                label = self._label_of(answered)
                if label is not None:
                    return label
        for fact in (f"{name}.name", name.replace("_", ".", 1)):
            value = self.facts.get(fact)
            if isinstance(value, str | int):
                return value
        raise FlowMisled(f"flow {self.flow.id}: nothing fills {{{name}}}")

    def _label_of(self, answered: Answered) -> Value | None:
        if answered.choice is None:
            return answered.words
        return self._label(self.flow.step(answered.step), answered.choice)

    def _label(self, step: StepDefinition, choice: str) -> Value:
        if isinstance(step.choices, ChoicesByRule):
            return CHOICES[step.choices.rule].label(choice, self._situation)
        text = next(one.text for one in self.flow.choices(step.id) if one.id == choice)
        return Text(text, version=self.session.version)

    def _buttons(self, step: StepDefinition) -> tuple[Button, ...]:
        answered = self.session.answer(step.id)
        chosen = answered.choice if answered is not None else None
        ids = self._choice_ids(step)
        buttons = [Button(self._label(step, id_), n, chosen=id_ == chosen) for n, id_ in enumerate(ids, start=1)]
        if step.skip:
            skipped = answered is not None and answered.choice is None and answered.words is None
            buttons.append(Button(Text("engine.skip"), SKIP, chosen=skipped))
        return tuple(buttons)

    def _choice_ids(self, step: StepDefinition) -> tuple[str, ...]:
        if not isinstance(step.choices, ChoicesByRule):
            return tuple(choice.id for choice in self.flow.choices(step.id))
        if self.session.step == step.id:
            return self.session.offered
        return tuple(offer.id for offer in CHOICES[step.choices.rule].run(self._situation))

    # -- taking answers --------------------------------------------------------------------------------------------

    @property
    def _current(self) -> StepDefinition | None:
        return None if self.session.step is None else self.flow.step(self.session.step)

    def _touch(self) -> None:
        self._change(touched_at=self.now, first_touched_at=self.session.first_touched_at or self.now)

    def _accept(
        self, step: StepDefinition, *, choice: str | None = None, words: str | None = None, message: int | None = None
    ) -> None:
        """Keep one answer and go on from it. Neither choice nor words: the question is skipped."""
        if self.session.answer(step.id) is not None:
            self._return_to(step.id)
        self._touch()
        answered = Answered(step.id, choice, words, message)
        self._change(path=(*self.session.path, answered))
        if step.save is not None and (choice is not None or words is not None):
            self.effects.append(SaveAnswer(self.session.number, self.flow.id, step.save, choice, words))
        if step.id in self.session.asked and (buttons := self._buttons(step)):
            self.effects.append(MarkChosen(self.session.number, step.id, buttons))
        if self.line and (label := self._label_of(answered)) is not None:
            self.understood.append(label)
        taken = self._written_choice(step, choice)
        self._enter(self.flow.following(step, taken.next if taken is not None else None))

    def _written_choice(self, step: StepDefinition, choice: str | None) -> Choice | None:
        return next((one for one in self.flow.choices(step.id) if one.id == choice), None)

    def tapped(self, step_id: str, number: int) -> None:
        if step_id == GUARD:
            self._decide_held(number)
            return
        step = self.flow.steps.get(step_id)
        answered = self.session.answer(step_id)
        if step is not None and step.kind == "say" and self.session.path:
            self._change_all(number)
            return
        unfinished = self.session.status is Status.ENDED and self.session.outcome is not Outcome.COMPLETED
        if step is None or (answered is None and self.session.step != step_id):
            self._stale_tap()
            return
        ids = self._choice_ids(step)
        skipping = number == SKIP and step.skip
        if not skipping and not 1 <= number <= len(ids):
            self._stale_tap()
            return
        choice = None if skipping else ids[number - 1]
        label: Value = Text("engine.skip") if choice is None else self._label(step, choice)
        self.effects.append(AcknowledgeTap(label))
        if answered is not None and self.session.step != step_id and not unfinished:
            if answered.choice == choice and answered.words is None:
                return
            self._return_to(step_id)
        if unfinished:
            self._change(status=Status.OPEN, outcome=None, ended_at=None, late=True)
        self._accept(step, choice=choice)

    def _stale_tap(self) -> None:
        self.effects.append(AcknowledgeTap(Text("engine.not_open")))
        self.to_ask = self.session.step

    def _change_all(self, number: int) -> None:
        first = self.session.path[0].step
        if number != CHANGE:
            self._stale_tap()
            return
        self.effects.append(AcknowledgeTap(Text("engine.change")))
        # The answers hold until the first new one: whoever only looks and goes away has changed nothing.
        self._change(status=Status.OPEN, step=first)
        self.to_ask = first

    def _return_to(self, step: str) -> None:
        """Take the path back to before `step`, so that it can be answered anew."""
        index = next(i for i, answered in enumerate(self.session.path) if answered.step == step)
        gone = self.session.path[index:]
        keys = tuple(save for answered in gone if (save := self.flow.step(answered.step).save) is not None)
        unfinished = self.session.outcome in {Outcome.PARTIAL, Outcome.MISSED}
        self._change(
            path=self.session.path[:index],
            status=Status.OPEN,
            step=step,
            outcome=None,
            ended_at=None,
            late=self.session.late or unfinished,
            offered=(),
            misses=0,
        )
        self.effects.append(ForgetAnswers(self.session.number, keys))
        definition = self.flow.step(step)
        if isinstance(definition.choices, ChoicesByRule):
            offers = CHOICES[definition.choices.rule].run(self._situation)
            self._change(offered=tuple(offer.id for offer in offers))

    def typed(self, text: str, message: int) -> None:
        if self._sent_twice(text):
            return
        self._change(last_line=text.strip(), last_line_at=self.now)
        if self.session.held_words is not None:
            self._typed_while_held(text, message)
            return
        if self.session.status is Status.LISTENING:
            self._take_note(text, message)
            return
        step = self._current
        if step is None or step.kind == "wait":
            return
        tokens = digits.read_numbers(text)
        if step.kind == "choose" and tokens is not None:
            self._typed_numbers(step, tokens, message)
        elif step.reads is not None:
            self._read(step, text, message)
        elif step.kind == "ask":
            self._take_words(step, text, message)
        else:
            self._wrong(Text("engine.tap_or_number"))

    def _sent_twice(self, text: str) -> bool:
        at = self.session.last_line_at
        same = self.session.last_line == text.strip() and at is not None and self.now - at <= SAME_LINE_WITHIN
        return same and (digits.is_line(text) or self.session.status is not Status.OPEN)

    def _typed_numbers(self, step: StepDefinition, tokens: tuple[digits.Token, ...], message: int) -> None:
        self.line = self.flow.definition.one_line and digits.is_line(digits.written(tokens))
        rest = tokens
        here: StepDefinition | None = step
        while rest and here is not None and here.kind == "choose" and self.session.status is Status.OPEN:
            if here.skip and rest[0] == digits.Token(str(SKIP)):
                self._accept(here, message=message)
                rest = rest[1:]
            else:
                ids = self._choice_ids(here)
                number, left = digits.take(rest, len(ids))
                if number is None:
                    break
                if left and not self.flow.definition.one_line:
                    break
                self.unread = rest = left  # a closing line names what it did not need
                self._accept(here, choice=ids[number - 1], message=message)
            here = self._current
        self.unread = rest
        if rest and self.session.status is Status.OPEN and not self.understood:
            self._wrong(Text("engine.tap_or_number"))

    def _read(self, step: StepDefinition, text: str, message: int) -> None:
        match READERS[step.reads or ""].run(text, self._situation):
            case Understood(value):
                if step.kind == "choose":
                    self._accept(step, choice=value, message=message)
                else:
                    self._accept(step, words=value, message=message)
            case OneOf(values):
                self._change(offered=values)
                self.hint = Text("engine.which_one")
                self.to_ask = step.id
            case NotUnderstood(hint):
                self._wrong(Text(hint))

    def _take_words(self, step: StepDefinition, text: str, message: int) -> None:
        words = text.strip()
        if not words or len(words) > WORDS_LIMIT:
            self._wrong(Text("engine.too_long", {"limit": WORDS_LIMIT, "length": len(words)}))
        elif step.guard and might_identify(words):
            self._hold(words, message)
        else:
            self._accept(step, words=words, message=message)

    def _wrong(self, hint: Text) -> None:
        """Ask again, at most `REASKS` times; then pass over what is optional, and let anything else rest."""
        self._touch()
        misses = self.session.misses + 1
        step = self._current
        self.line = False
        if misses <= REASKS or step is None:
            self._change(misses=misses)
            self.hint = hint
            self.to_ask = self.session.step
        elif step.skip:
            self._accept(step)
        else:
            self._change(misses=0)
            self.effects.append(Say(Text("engine.rest"), session=self.session.number, step=step.id))
            self.to_ask = None

    def edited(self, text: str, message: int) -> None:
        if message == self.session.held_message and self.session.held_words is not None:
            self._typed_while_held(text, message)
            return
        if message == self.session.note_message:
            self._take_note(text, message)
            return
        earlier = next((answered for answered in self.session.path if answered.message == message), None)
        if earlier is None:
            return
        self._return_to(earlier.step)
        self.typed(text, message)

    # -- notes, and words that might identify somebody ---------------------------------------------------------------

    def _take_note(self, text: str, message: int) -> None:
        words = text.strip()
        if len(words) > WORDS_LIMIT:
            self._plain(Text("engine.too_long", {"limit": WORDS_LIMIT, "length": len(words)}))
        elif self._guarded and might_identify(words):
            self._hold(words, message)
        else:
            self._keep_note(words, message)

    def _keep_note(self, words: str, message: int | None) -> None:
        self._change(status=Status.ENDED, note_message=message)
        self.effects.append(SaveNote(self.session.number, words))
        self._plain(Text("note.kept"))

    @property
    def _guarded(self) -> bool:
        return any(step.listen is not None and step.listen.guard for step in self.flow.definition.steps)

    def _hold(self, words: str, message: int) -> None:
        self._change(held_words=words, held_message=message)
        due = self.now + DISCARD_AFTER
        self.effects.append(SetTimer("discard", str(self.session.number), due))
        buttons = tuple(Button(Text(f"guard.{choice}"), n) for n, choice in enumerate(GUARD_CHOICES, 1))
        self.effects.append(Say(Text("guard.ask"), buttons, self.session.number, GUARD))
        self.to_ask = None

    def _typed_while_held(self, text: str, message: int) -> None:
        tokens = digits.read_numbers(text)
        number, rest = digits.take(tokens or (), len(GUARD_CHOICES))
        if number is not None and not rest:
            self._decide_held(number)
            return
        self._let_go()
        step = self._current
        if step is None:
            self._take_note(text, message)
        else:
            self._take_words(step, text, message)

    def _decide_held(self, number: int) -> None:
        words, message = self.session.held_words, self.session.held_message
        if words is None or not 1 <= number <= len(GUARD_CHOICES):
            self._stale_tap()
            return
        choice = GUARD_CHOICES[number - 1]
        self.effects.append(AcknowledgeTap(Text(f"guard.{choice}")))
        buttons = tuple(Button(Text(f"guard.{one}"), n, chosen=one == choice) for n, one in enumerate(GUARD_CHOICES, 1))
        self.effects.append(MarkChosen(self.session.number, GUARD, buttons))
        self._let_go()
        step = self._current
        if choice == "keep" and step is None:
            self._keep_note(words, message)
        elif choice == "keep" and step is not None:
            self._accept(step, words=words, message=message)
        elif choice == "edit":
            self._plain(Text("guard.type_again"))
        else:
            self._discarded()

    def _let_go(self) -> None:
        self._change(held_words=None, held_message=None)
        self.effects.append(CancelTimer("discard", str(self.session.number)))

    def _discarded(self) -> None:
        step = self._current
        self._plain(Text("guard.discarded"))
        if step is not None and step.skip:
            self._accept(step)
        elif step is not None:
            self.to_ask = step.id
        elif self.session.status is Status.LISTENING:
            self._change(status=Status.ENDED)

    def _plain(self, text: Text) -> None:
        self.effects.append(Say(text, session=self.session.number))

    # -- what time and the shell report -----------------------------------------------------------------------------

    def delivered(self, at: datetime) -> None:
        reminder = self.flow.definition.reminder
        if self.session.sent_at is None:
            self._change(sent_at=at)
        if reminder is None or self.session.status is not Status.OPEN or self.session.path:
            return
        due = at + reminder.after
        if reminder.at == "own_hour":
            due = own_hour_after(self._own_rule, at, reminder.after)
        self.effects.append(SetTimer("reminder", str(self.session.number), due, due + REMINDER_VALID_FOR))

    @property
    def _own_rule(self) -> CheckInRule:
        situation = self._situation
        day, minute = situation.number("person.check_in_day"), situation.number("person.check_in_minute")
        return CheckInRule(day or 0, minute if minute is not None else 9 * 60, situation.text("person.zone"))

    def remind(self) -> None:
        reminder = self.flow.definition.reminder
        step = self._current
        if reminder is None or step is None or self.session.status is not Status.OPEN:
            return
        self.lane = Lane.PROMPT
        text = self._wording(f"{self.flow.id}.reminder", reminder.text, {})
        self._send(text, step.id, self._buttons(step))

    def expire(self) -> None:
        if self.session.held_words is not None:
            self._let_go()
            self._discarded()
            return
        if self.session.status is Status.LISTENING:
            self._change(status=Status.ENDED)
        elif self.session.outcome is not None:
            self._change(status=Status.ENDED, step=None)
        elif self.session.status is not Status.ENDED:
            expires = self.flow.definition.expires
            keeps = expires is not None and expires.keep == "partial"
            if keeps:
                self._finish(Outcome.PARTIAL if self.session.path else Outcome.MISSED)
            else:
                self._change(status=Status.ENDED, outcome=Outcome.LEFT, ended_at=self.now, step=None)

    # -- going back, passing over, leaving ----------------------------------------------------------------------------

    def back(self) -> None:
        if self.session.path:
            self._return_to(self.session.path[-1].step)
        self.to_ask = self.session.step

    def skip(self) -> None:
        step = self._current
        if step is not None and step.skip:
            self._accept(step)
        else:
            self.hint = Text("engine.cannot_skip")
            self.to_ask = self.session.step

    def leave(self) -> None:
        self._plain(Text("engine.left"))
        if self.flow.definition.record is not None and self.session.path:
            self._finish(Outcome.PARTIAL)
        else:
            self._change(status=Status.ENDED, outcome=Outcome.LEFT, ended_at=self.now, step=None)
        self.to_ask = None
