"""The working table of one turn: it walks from step to step, keeps answers, and speaks.

Rules kept here:

* One question at a time: however many steps an event runs through, at most one question is asked at its end.
* Wrong input is re-asked kindly, at most twice; then an optional question is passed over and any other one rests,
  still open, until the person comes back to it.
* Going back to a question takes back what followed from it.
* Nothing of a passage outlives its turn but the session and the effects.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flows import asking, card, digits
from flows.catalogue import Flow
from flows.definition import ChoicesByRule, Listen, StepDefinition
from flows.effects import (
    Begin,
    Button,
    CancelTimer,
    Effect,
    ForgetAnswers,
    Keep,
    Lane,
    MarkChosen,
    SaveAnswer,
    Say,
    SetTimer,
)
from flows.errors import FlowMisled
from flows.rules import DECISIONS, EFFECTS, RECORDS
from flows.rules.cadence import CheckInRule, Every, own_hour_after, quiet_until
from flows.rules.holidays import days_off
from flows.rules.quiet import quiet_of
from flows.rules.situation import Facts, Situation
from flows.session import Answered, Outcome, Session, Status, changed
from flows.values import Listed, Text, Value

REASKS = 2
"""Wrong answers that are re-asked; design.md section 5. A third question would be nagging."""

STEPS_AT_ONCE = 100
"""Steps that may run without input. The checks refuse a loop without input; this catches one that slips through."""

PROMPT_SENT_WITHIN = timedelta(hours=12)
"""A prompt or a reminder that could not be sent by then is worse than none. In her quiet hours, which in Ramadan are
longer, it is counted from their end."""

SENT_WITHIN = timedelta(minutes=15)
"""What is planned for nine o'clock leaves some moments, or a crowd of messages, later: two days on, nine o'clock is
still two days later, not almost."""

CHANGE = 1
"""The only button under a closing line."""


def reminded_at(flow: Flow, facts: Facts, sent_at: datetime) -> datetime | None:
    """When is reminded of a question of `flow` that was sent at `sent_at`; `None` where it has no reminder."""
    reminder = flow.definition.reminder
    if reminder is None or reminder.at is None:
        return None if reminder is None else sent_at + reminder.after
    return own_hour_after(_own_rule(facts), sent_at, reminder.after - SENT_WITHIN, days_off(facts))


def _own_rule(facts: Facts) -> CheckInRule:
    day, minute, quiet = facts["person.check_in_day"], facts["person.check_in_minute"], quiet_of(facts)
    minute = minute if isinstance(minute, int) else 9 * 60
    return CheckInRule(day if isinstance(day, int) else 0, minute, quiet.zone, Every.WEEKLY, quiet)


class Passage:
    """One session in one turn. `to_ask` is the step to be asked at the end, `hint` what is said before it."""

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
        self._situation: Situation | None = None

    def close(self) -> None:
        """Ask what is to be asked: the last thing of a turn. What was begun from here comes first; its own question is
        asked when that has ended."""
        has_begun = any(isinstance(one, Begin) for one in self.effects)
        if self.to_ask is not None and self.session.status is Status.OPEN and not has_begun:
            self._ask(self.flow.step(self.to_ask))

    def take_over(self, trial: Passage) -> None:
        """Go on from where `trial`, begun on the same session, came out."""
        self.session = trial.session
        self.effects.extend(trial.effects)
        self.to_ask, self.line, self.understood, self.unread = trial.to_ask, trial.line, trial.understood, trial.unread

    def change(self, **fields: Any) -> None:
        self.session = changed(self.session, **fields)

    def do(self, *effects: Effect | Begin | Keep) -> None:
        for effect in effects:
            if isinstance(effect, Keep):
                self.change(given={**self.session.given, **effect.values})
            else:
                self.effects.append(effect)

    @property
    def situation(self) -> Situation:
        """What rules see; made anew only when the session is another one: several a turn look at it."""
        if self._situation is None or self._situation.session is not self.session:
            self._situation = Situation(self.flow, self.session, self.facts, self.now)
        return self._situation

    @property
    def current(self) -> StepDefinition | None:
        """The step at which the session stands."""
        return None if self.session.step is None else self.flow.step(self.session.step)

    # -- going along the path ----------------------------------------------------------------------------------------

    def begin(self, *, as_prompt: bool) -> None:
        if as_prompt:
            self.lane = Lane.PROMPT
        self.change(status=Status.OPEN)
        self.live_on()
        if not as_prompt and self.session.period is None:  # a prompt's is planned when it has arrived
            self.plan_reminder(self.now)
        self.enter(self.flow.first.id)

    def live_on(self) -> None:
        """Set when the open session ends by itself."""
        expires = self.flow.definition.expires
        if expires is not None and isinstance(expires.after, timedelta):
            self.do(SetTimer("expiry", str(self.session.number), self.now + expires.after))

    def plan_reminder(self, at: datetime) -> None:
        """Plan the flow's reminder, counted from `at`, while nothing is answered."""
        due = reminded_at(self.flow, self.situation.facts, at)
        if due is None or self.session.status is not Status.OPEN or self.session.path:
            return
        self.do(SetTimer("reminder", str(self.session.number), due, due + PROMPT_SENT_WITHIN))

    def enter(self, target: str | None) -> None:
        """Run steps until one waits for the person, or the flow ends."""
        for _ in range(STEPS_AT_ONCE):
            if target is None:
                self.finish(Outcome.COMPLETED)
                return
            step = self.flow.step(target)
            self.change(step=step.id, offered=(), picked=(), page=0, narrowed=(), misses=0)
            match step.kind:
                case "say":
                    self._say(step)
                    if step.listen is not None:
                        self.finish(Outcome.COMPLETED, step.listen)
                        return
                    target = self.flow.following(step)
                case "decide":
                    outcome = DECISIONS[step.decide or ""].run(self.situation)
                    target = self.flow.following(step, step.then[outcome])
                case "do":
                    self.do(*EFFECTS[step.do or ""].run(self.situation))
                    target = self.flow.following(step)
                case "start":
                    self.do(Begin(step.start or ""))
                    target = self.flow.following(step)
                case "wait":
                    due = self.now + (step.wait or timedelta())
                    self.do(SetTimer("wait", str(self.session.number), due))
                    return
                case _:
                    # In a loop the question is asked anew, and what was answered since stands.
                    before = self.session.answer(step.id)
                    if before is not None:
                        self.change(path=tuple(one for one in self.session.path if one.step != step.id))
                    if isinstance(step.choices, ChoicesByRule):
                        self.change(offered=asking.offered(self.situation, step))
                        self.change(page=asking.page_of(step, self.session.offered, before))
                    self.to_ask = step.id
                    return
        raise FlowMisled(f"flow {self.flow.id} runs in a circle at {target}")

    def finish(self, outcome: Outcome, listen: Listen | None = None) -> None:
        """End the session and write what it leaves behind."""
        self.change(
            status=Status.ENDED if listen is None else Status.LISTENING,
            outcome=outcome,
            ended_at=self.now,
            # an unfinished one keeps its place, so that a late tap can go on from it
            step=None if outcome is Outcome.COMPLETED else self.session.step,
            misses=0,
        )
        self.to_ask = None
        if self.flow.definition.reminder is not None:
            self.do(CancelTimer("reminder", str(self.session.number)))
        expires = self.flow.definition.expires
        if expires is not None and isinstance(expires.after, timedelta):
            self.do(CancelTimer("expiry", str(self.session.number)))
        self.record()

    def record(self) -> None:
        if self.flow.definition.record is not None:
            self.do(*RECORDS[self.flow.definition.record].run(self.situation))

    # -- keeping answers ---------------------------------------------------------------------------------------------

    def touch(self, **fields: Any) -> None:
        self.change(touched_at=self.now, first_touched_at=self.session.first_touched_at or self.now, **fields)

    def accept(
        self,
        step: StepDefinition,
        *,
        choice: str | None = None,
        words: str | None = None,
        voice: str | None = None,
        message: int | None = None,
    ) -> None:
        """Keep one answer and go on from it. Neither choice nor words nor voice: the question is skipped."""
        if self.session.answer(step.id) is not None:
            self.return_to(step.id)
        answered = Answered(step.id, choice, words, message, voice)
        self.touch(path=(*self.session.path, answered))
        if step.save is not None and not answered.is_skipped:
            self.do(SaveAnswer(self.session.number, self.flow.id, step.save, choice, words, voice))
        buttons = asking.buttons(self.situation, step)
        if step.id in self.session.asked and any(button.chosen for button in buttons):
            self.do(MarkChosen(self.session.number, step.id, buttons))
        if self.line and (label := asking.label_of_answer(self.situation, answered)) is not None:
            self.understood.append(label)
        self.enter(self.flow.following(step, self._next_of(step, choice)))

    def _next_of(self, step: StepDefinition, choice: str | None) -> str | None:
        """Where a choice that is written in the file leads by itself."""
        for one in self.flow.choices(step.id) if choice is not None else ():
            if one.id == choice:
                return one.next
        return None

    def pick(self, step: StepDefinition, choice: str) -> None:
        """Add one of many choices to what is picked, or take it out again; it holds when she is done, or when no more
        may be picked. One beyond what may be picked begins anew."""
        if self.session.answer(step.id) is not None:
            before = asking.picked(self.session.answer(step.id))
            self.return_to(step.id)
            self.change(picked=before)
        kept = tuple(one for one in self.session.picked if one != choice)
        if len(kept) == len(self.session.picked):
            ids = asking.choice_ids(self.situation, step)
            kept = tuple(one for one in ids if one in kept or one == choice)
        if step.most is not None and len(kept) > step.most:
            kept = (choice,)
        self.touch(picked=kept, misses=0)
        if len(kept) == step.most:
            self.accept(step, choice=",".join(kept))
        else:
            self.show_buttons(step)

    def turn_page(self, step: StepDefinition) -> None:
        """Show the next page of the choices, after the last one the first; after a narrower choice all of them. Where
        the text tells of the page, it is asked anew."""
        pages = -(-len(self.session.offered) // asking.page_size(step))
        page = self.session.page + 1 if not self.session.narrowed else 0
        self.change(page=page % max(1, pages), narrowed=(), misses=0)
        if asking.asks_each_page(step):
            self.to_ask = step.id
        else:
            self.show_buttons(step)

    def show_buttons(self, step: StepDefinition) -> None:
        """Under the question that stands in the chat already."""
        if step.id in self.session.asked:
            self.do(MarkChosen(self.session.number, step.id, asking.buttons(self.situation, step)))

    def return_to(self, step: str) -> None:
        """Take the path back to before `step`, so that it can be answered anew."""
        index = next(i for i, answered in enumerate(self.session.path) if answered.step == step)
        gone = self.session.path[index:]
        keys = dict.fromkeys(save for answered in gone if (save := self.flow.step(answered.step).save) is not None)
        unfinished = self.session.outcome in {Outcome.PARTIAL, Outcome.MISSED}
        if self.session.status is Status.ENDED:
            self.live_on()
        self.change(
            path=self.session.path[:index],
            status=Status.OPEN,
            step=step,
            outcome=None,
            ended_at=None,
            late=self.session.late or unfinished,
            offered=(),
            picked=(),
            page=0,
            narrowed=(),
            misses=0,
        )
        self.do(ForgetAnswers(self.session.number, tuple(keys)))
        for answered in self.session.path:
            if (save := self.flow.step(answered.step).save) in keys:  # asked twice, by two steps: the earlier one holds
                kept = answered.choice, answered.words, answered.voice
                self.do(SaveAnswer(self.session.number, self.flow.id, save, *kept))
        self.change(offered=asking.offered(self.situation, self.flow.step(step)))

    def wrong(self, hint: Text | None = None) -> None:
        """Ask again, at most `REASKS` times; then pass over what is optional, and let anything else rest.
        Without `hint` the numbers that do not fit are named."""
        self.touch()
        misses = self.session.misses + 1
        step = self.current
        self.line = False
        if misses <= REASKS or step is None:
            self.change(misses=misses)
            self.hint = hint
            self.to_ask = self.session.step
        elif step.skip:
            self.accept(step)
        else:
            self.change(misses=0)
            self.plain(Text("engine.rest"))
            self.to_ask = None

    # -- speaking ----------------------------------------------------------------------------------------------------

    def plain(self, text: Text) -> None:
        """Say something that asks nothing."""
        self.do(Say(text, session=self.session.number))

    def send(self, text: Text, step: str, buttons: tuple[Button, ...]) -> None:
        """Say the text of a step; the first one of a prompt is reported when it has arrived."""
        reported = any(isinstance(one, Say) and one.report_delivery for one in self.effects)
        first = self.session.period is not None and not self.session.asked and not reported
        until = None
        if self.lane is Lane.PROMPT:
            until = (quiet_until(quiet_of(self.facts), self.now) or self.now) + PROMPT_SENT_WITHIN
        if first and self.flow.definition.one_line and self.facts.get("person.lite"):
            text = card.under(self.flow, self.facts, text)
        self.do(Say(text, buttons, self.session.number, step, self.lane, valid_until=until, report_delivery=first))

    def _say(self, step: StepDefinition) -> None:
        text = asking.text_of(self.situation, step)
        buttons: tuple[Button, ...] = ()
        if self.line and self.understood and step.listen is not None:
            values: dict[str, Value] = {"understood": Listed(tuple(self.understood), " · "), "closing": text}
            if self.unread:
                values["extra"] = digits.written(tuple(self.unread))
            text = Text("engine.understood_extra" if self.unread else "engine.understood", values)
            buttons = (Button(Text("engine.change"), CHANGE),)
        self.send(text, step.id, buttons)

    def _ask(self, step: StepDefinition) -> None:
        text = asking.text_of(self.situation, step)
        if self.understood or self.unread:
            text = self._what_was_read(text)
        elif self.hint is not None:
            text = Text("engine.again", {"hint": self.hint, "question": text})
        self.send(text, step.id, asking.buttons(self.situation, step))
        asked = self.session.asked
        self.change(asked=asked if step.id in asked else (*asked, step.id), asked_at=self.now)

    def _what_was_read(self, question: Text) -> Text:
        values: dict[str, Value] = {"question": question}
        if self.understood:
            values["understood"] = Listed(tuple(self.understood), " · ")
        if self.unread:
            values["unread"] = digits.written(tuple(self.unread[:1]))
        parts = "_".join(part for part in ("understood", "unread") if part in values)
        return Text(f"engine.line_{parts}", values)
