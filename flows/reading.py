"""What was typed, and what was edited afterwards.

Rules kept here:

* Digits are read along the path actually taken: what fits is kept, the first that does not is asked, extra ones are
  named, and what was understood is said in words with a way to change it.
* The words of a button count like its number. Where a reader of the step reads numbers too (an hour), it comes first.
* An edited message is a correction of what it answered: what followed from that is asked again.
* A line that comes twice within ten minutes was sent twice by a bad network, not meant twice. The number of one button
  is no line, however many digits it has.
* Numbers alone are never a note: after the end they answer the whole anew, or are not kept.
"""

from __future__ import annotations

from datetime import timedelta

from flows import asking, confiding, digits
from flows.definition import StepDefinition
from flows.passage import Passage
from flows.rules import READERS
from flows.rules.situation import NotUnderstood, OneOf, Reading, Understood
from flows.session import Status
from flows.values import Text

SAME_LINE_WITHIN = timedelta(minutes=10)
"""A line that comes again within this time was sent twice by a bad network, not meant twice."""


def typed(passage: Passage, text: str, message: int) -> None:
    if not _sent_twice(passage, text):
        _take(passage, text, message)


def _take(passage: Passage, text: str, message: int) -> None:
    passage.change(last_line=text.strip(), last_line_at=passage.now, last_message=message)
    step = passage.current
    if passage.session.held_words is not None and (step is None or step.kind == "ask"):
        confiding.typed_while_held(passage, text, message)
        return
    if passage.session.status is Status.LISTENING:
        if not _answered_anew(passage, text, message):
            _note(passage, text, message)
        return
    if step is None or step.kind == "wait":
        passage.plain(Text("talk.not_understood"))
        return
    if step.kind == "ask" and step.skip and _skips(passage, step, text):
        passage.accept(step, message=message)
        return
    if step.kind == "ask" and step.reads is None:
        confiding.take_words(passage, step, text, message)
        return
    tokens = digits.read_numbers(text) if step.kind == "choose" else None
    reader = READERS[step.reads] if step.reads is not None else None
    if reader is not None and (tokens is None or reader.numbers):
        reading = reader.run(text, passage.situation)
        if tokens is None or not isinstance(reading, NotUnderstood):
            _take_read(passage, step, reading, message)
            return
        if len(tokens) > 1 and not passage.flow.definition.one_line:  # several numbers are no choice here
            passage.wrong(Text(reading.hint))
            return
    if tokens is not None and step.many:
        _typed_many(passage, step, tokens, message)
    elif tokens is not None:
        _typed_numbers(passage, step, tokens, message)
    elif (choice := asking.named(passage.situation, step, text)) is not None:
        passage.accept(step, choice=choice, message=message)
    else:
        passage.wrong(Text("engine.tap_or_number"))


def _skips(passage: Passage, step: StepDefinition, text: str) -> bool:
    """Whether `text` is the number of the skip button, where it is no answer: a zero is a number, but no date."""
    if digits.read_numbers(text) != (digits.Token(str(asking.SKIP)),):
        return False
    reader = READERS[step.reads] if step.reads is not None else None
    return reader is None or not reader.numbers or isinstance(reader.run(text, passage.situation), NotUnderstood)


def _note(passage: Passage, text: str, message: int) -> None:
    if digits.read_numbers(text) is None:
        confiding.take_note(passage, text, message)
    else:
        passage.plain(Text("engine.numbers_alone"))


def _answered_anew(passage: Passage, text: str, message: int) -> bool:
    """After the end, a line that answers the whole once more is a correction. False for any other one."""
    tokens = digits.read_numbers(text)
    if tokens is None or not passage.flow.definition.one_line or not passage.session.path or not digits.is_line(text):
        return False
    trial = Passage(passage.flow, passage.session, passage.facts, passage.now)
    first = trial.session.path[0].step
    trial.change(status=Status.OPEN, step=first)
    _typed_numbers(trial, trial.flow.step(first), tokens, message)
    if trial.session.status is Status.OPEN or trial.unread:
        return False
    passage.take_over(trial)
    return True


def _sent_twice(passage: Passage, text: str) -> bool:
    session = passage.session
    at = session.last_line_at
    same = session.last_line == text.strip() and at is not None and passage.now - at <= SAME_LINE_WITHIN
    return same and (session.status is not Status.OPEN or (digits.is_line(text) and not _is_one_answer(passage, text)))


def _is_one_answer(passage: Passage, text: str) -> bool:
    """Whether it is the number of one button of the open question, in a flow that takes no line: `12` of twelve
    topics, `999` for the next page. It can not have been meant for several questions."""
    tokens, step = digits.read_numbers(text) or (), passage.current
    if len(tokens) != 1 or step is None or step.kind != "choose" or passage.flow.definition.one_line:
        return False
    return any(str(button.choice) == tokens[0].digits for button in asking.buttons(passage.situation, step))


def _typed_numbers(passage: Passage, step: StepDefinition, tokens: tuple[digits.Token, ...], message: int) -> None:
    one_line = passage.flow.definition.one_line
    passage.line = one_line and digits.is_line(digits.written(tokens))
    rest = tokens
    here: StepDefinition | None = step
    while rest and here is not None and here.kind == "choose" and passage.session.status is Status.OPEN:
        if here.skip and rest[0] == digits.Token(str(asking.SKIP)):
            passage.accept(here, message=message)
            rest = rest[1:]
        elif rest == (digits.Token(str(asking.SKIP)),) and asking.asks_each_page(here) and _has_pages(passage, here):
            passage.turn_page(here)
            return
        else:
            ids = asking.choice_ids(passage.situation, here)
            number, left = digits.take(rest, len(ids))
            if number is None:
                break
            if left and not one_line:
                break
            passage.unread = rest = left  # a closing line names what it did not need
            passage.accept(here, choice=ids[number - 1], message=message)
        here = passage.current
    passage.unread = rest
    if rest and passage.session.status is Status.OPEN and not passage.understood:
        if len(tokens) > 1 and not one_line:
            passage.unread = ()
            passage.wrong(Text("engine.tap_or_number"))
        else:
            passage.wrong()


def _has_pages(passage: Passage, step: StepDefinition) -> bool:
    return asking.has_pages(step, asking.choice_ids(passage.situation, step))


def _typed_many(passage: Passage, step: StepDefinition, tokens: tuple[digits.Token, ...], message: int) -> None:
    """Numbers typed where many can be chosen: these and no others, and done. A lone zero skips."""
    if step.skip and tokens == (digits.Token(str(asking.SKIP)),):
        passage.accept(step, message=message)
        return
    ids = asking.choice_ids(passage.situation, step)
    chosen: set[str] = set()
    rest = tokens
    while rest:
        number, rest = digits.take(rest, len(ids))
        if number is None or len(chosen | {ids[number - 1]}) > (step.most or len(ids)):
            passage.unread = rest
            passage.wrong()
            return
        chosen.add(ids[number - 1])
    passage.accept(step, choice=",".join(one for one in ids if one in chosen), message=message)


def spoken(passage: Passage, file: str, message: int) -> None:
    """A voice note: kept where a question takes one, else she is told that only text is read."""
    step = passage.current
    if step is not None and step.voice and passage.session.held_words is None:
        passage.accept(step, voice=file, message=message)
    else:
        passage.hint = Text("talk.only_text")
        passage.to_ask = passage.session.step


def _take_read(passage: Passage, step: StepDefinition, reading: Reading, message: int) -> None:
    match reading:
        case Understood(value, harmless):
            if step.kind == "choose":
                passage.accept(step, choice=value, message=message)
            elif harmless:
                passage.accept(step, words=value, message=message)
            else:
                confiding.take_words(passage, step, value, message)
        case OneOf(values):
            # What was offered keeps its numbers, so that the buttons of an earlier message mean what stands on them.
            offered = passage.session.offered
            offered = (*offered, *(value for value in values if value not in offered))
            passage.change(offered=offered, narrowed=values if len(offered) > asking.AT_ONCE else ())
            passage.hint = Text("engine.which_one")
            passage.to_ask = step.id
        case NotUnderstood(hint):
            passage.wrong(Text(hint))


def edited(passage: Passage, text: str, message: int) -> None:
    session = passage.session
    if message == session.held_message and session.held_words is not None:
        confiding.typed_while_held(passage, text, message)
        return
    if any(note.message == message for note in session.notes):
        _note(passage, text, message)
        return
    earlier = next((answered for answered in session.path if answered.message == message), None)
    if message == session.last_message and text.strip() == session.last_line:
        return
    if earlier is not None:
        passage.return_to(earlier.step)
        _take(passage, text, message)
    elif message == session.last_message and session.status in {Status.OPEN, Status.LISTENING}:
        _take(passage, text, message)  # it was not understood before
