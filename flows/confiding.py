"""Words of their own: free answers, the note after the end, and what might identify somebody.

Rules kept here:

* Words that might identify somebody wait in the session, visible to nobody, until their author decides.
* A number there decides and is never words of its own, so that a slip of the thumb throws nothing away.
* No decision in 24 hours throws them away, and so does a tap elsewhere in the conversation; the person is told.
* A second note, after a correction opened the window again, is written below the first; nothing kept is lost.
* What is too long is not cut but asked for again, shorter.
"""

from __future__ import annotations

from datetime import timedelta

from flows import digits
from flows.definition import GUARD, StepDefinition
from flows.effects import AcknowledgeTap, Button, CancelTimer, MarkChosen, SaveNote, Say, SetTimer
from flows.passage import REASKS, Passage
from flows.rules.confidentiality import might_identify
from flows.rules.sharing import note_changed
from flows.session import Noted, Status
from flows.values import Text

DISCARD_AFTER = timedelta(hours=24)
"""How long words that might identify somebody wait for their author's decision."""

WORDS_LIMIT = 500
"""Characters of free text kept, domain.md section 4."""

GUARD_CHOICES = ("edit", "keep", "discard")
"""What can be done with words that might identify somebody, in the order of their numbers."""


def take_words(passage: Passage, step: StepDefinition, text: str, message: int) -> None:
    """A free answer to the question `step`."""
    words = text.strip()
    if not words or len(words) > WORDS_LIMIT:
        passage.wrong(_too_long(words))
    elif step.guard and might_identify(words):
        _hold(passage, words, message)
    else:
        passage.accept(step, words=words, message=message)


def take_note(passage: Passage, text: str, message: int) -> None:
    """The one line that is still taken after the end."""
    words = text.strip()
    if len(words) > WORDS_LIMIT:
        passage.plain(_too_long(words))
    elif _is_guarded(passage) and might_identify(words):
        _hold(passage, words, message)
    else:
        _keep_note(passage, words, message)


def _too_long(words: str) -> Text:
    return Text("engine.too_long", {"limit": WORDS_LIMIT, "length": len(words)})


def _is_guarded(passage: Passage) -> bool:
    return any(step.listen is not None and step.listen.guard for step in passage.flow.definition.steps)


def _keep_note(passage: Passage, words: str, message: int | None) -> None:
    notes = passage.session.notes
    noted = Noted(words, message)
    if any(note.message == message for note in notes):
        notes = tuple(noted if note.message == message else note for note in notes)
    else:
        notes = (*notes, noted)
    passage.change(status=Status.ENDED)
    _save_notes(passage, notes)
    passage.plain(Text("note.kept"))


def _save_notes(passage: Passage, notes: tuple[Noted, ...]) -> None:
    passage.change(notes=notes)
    passage.do(SaveNote(passage.session.number, "\n".join(note.words for note in notes) or None))
    passage.do(*note_changed(passage.situation))


# -- words that wait -------------------------------------------------------------------------------------------------


def _hold(passage: Passage, words: str, message: int) -> None:
    passage.change(held_words=words, held_message=message)
    passage.do(SetTimer("discard", str(passage.session.number), passage.now + DISCARD_AFTER))
    ask(passage)


def ask(passage: Passage, hint: Text | None = None) -> None:
    """Ask what is to be done with the words that wait, after `hint`."""
    question = Text("guard.ask")
    text = question if hint is None else Text("engine.again", {"hint": hint, "question": question})
    passage.do(Say(text, _buttons(), passage.session.number, GUARD))
    passage.to_ask = None


def _buttons(chosen: str | None = None) -> tuple[Button, ...]:
    return tuple(Button(Text(f"guard.{one}"), n, chosen=one == chosen) for n, one in enumerate(GUARD_CHOICES, start=1))


def typed_while_held(passage: Passage, text: str, message: int) -> None:
    """A number decides, and one that is no choice is asked again; other words take the place of those that wait."""
    tokens = digits.read_numbers(text)
    if tokens is not None:
        number, rest = digits.take(tokens, len(GUARD_CHOICES))
        if number is None or rest:
            _wrong_number(passage)
        else:
            decide(passage, number)
        return
    _let_go(passage)
    step = passage.current
    if step is None:
        take_note(passage, text, message)
    else:
        take_words(passage, step, text, message)


def _wrong_number(passage: Passage) -> None:
    """Ask again, at most `REASKS` times; then the words wait until they are decided on or thrown away."""
    misses = passage.session.misses + 1
    if misses <= REASKS:
        passage.touch(misses=misses)
        ask(passage, Text("engine.tap_or_number"))
    else:
        passage.touch(misses=0)
        passage.plain(Text("engine.rest"))


def decide(passage: Passage, number: int) -> bool:
    """Edit, keep or discard the words that wait; False when none wait, or there is no such choice."""
    words, message = passage.session.held_words, passage.session.held_message
    if words is None or not 1 <= number <= len(GUARD_CHOICES):
        return False
    choice = GUARD_CHOICES[number - 1]
    passage.do(AcknowledgeTap(Text(f"guard.{choice}")))
    passage.do(MarkChosen(passage.session.number, GUARD, _buttons(choice)))
    _let_go(passage)
    step = passage.current
    if choice == "keep" and step is None:
        _keep_note(passage, words, message)
    elif choice == "keep" and step is not None:
        passage.accept(step, words=words, message=message)
    elif choice == "edit":
        if step is None:  # the window is open again for the new words, however late they were edited
            passage.change(status=Status.LISTENING)
            left = tuple(note for note in passage.session.notes if note.message != message)
            if left != passage.session.notes:
                _save_notes(passage, left)
        passage.plain(Text("guard.type_again"))
    else:
        _discarded(passage)
    return True


def discard(passage: Passage) -> None:
    """Throw away the words that wait."""
    _let_go(passage)
    _discarded(passage)


def let_go(passage: Passage) -> None:
    """She goes on elsewhere: the words that wait are thrown away, and she is told so."""
    _let_go(passage)
    passage.plain(Text("guard.discarded"))


def _let_go(passage: Passage) -> None:
    passage.change(held_words=None, held_message=None, misses=0)
    passage.do(CancelTimer("discard", str(passage.session.number)))


def _discarded(passage: Passage) -> None:
    step = passage.current
    passage.plain(Text("guard.discarded"))
    if step is not None and step.skip:
        passage.accept(step)
    elif step is not None:
        passage.to_ask = step.id
    elif passage.session.status is Status.LISTENING:
        passage.change(status=Status.ENDED)
