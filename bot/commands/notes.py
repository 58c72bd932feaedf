"""`/twin`: a note to the partner."""

from __future__ import annotations

from flows.events.own import CommandGiven, Typed
from flows.pairing import NOTE
from flows.talk import Talk


def twin(talk: Talk, command: CommandGiven) -> None:
    """Ask for a note to the partner. Words behind the command are taken for the note."""
    if talk.is_joining:
        talk.say_first("check_in.joining" if talk.conversation.front is not None else "talk.joining_left")
        return
    talk.begin(NOTE)
    front = talk.conversation.front
    if command.argument and front is not None and front.flow == NOTE and front.step == "ask_note":
        talk.run_to_end(front, Typed(command.argument, 0))
