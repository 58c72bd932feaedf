"""What `/commands` do, and the one way in for every event of one person.

Rules kept here:

* Commands work everywhere: in every state of a person and whatever is open.
* A command is a pure function on the person's `Talk`; its row in `COMMANDS` is the only place that knows its name.
* After a command has been answered the open question is asked again, so that nobody has to scroll for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.commands import coordinating, notes, pairing, planning, reflecting, rights
from flows import card, planner, prompting
from flows.conversation import JOIN, Conversation, Flows, Response, Talk, respond, take
from flows.effects import Say
from flows.events import Event
from flows.events.own import CommandGiven
from flows.people import Role
from flows.prompting import CHECK_IN
from flows.rules.pausing import absence, forget_absence
from flows.rules.situation import Facts
from flows.values import Listed, Text


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `listed` says in whose menu it stands; `of` whose it is: everybody else is told kindly. `part`: it
    belongs to taking part, so whoever took back her consent is asked for it first."""

    run: Callable[[Talk, CommandGiven], None]
    listed: tuple[Role, ...] = ()
    of: tuple[Role, ...] = tuple(Role)
    part: bool = False


def answer(conversation: Conversation, event: Event, flows: Flows, facts: Facts, *, now: datetime) -> Response:
    """Take one event of one person: commands here, everything else in `flows.conversation`."""
    if not isinstance(event, CommandGiven):
        return respond(conversation, event, flows, facts, now=now)
    talk = Talk(conversation, flows, facts, now)
    command = COMMANDS.get(event.name)
    if command is None:
        talk.say_first("talk.command_unknown", command=event.name)
    elif Role(str(facts["person.role"])) not in command.of:
        talk.say_first("talk.command_not_yours", command=event.name)
    elif talk.is_joining and command.of != tuple(Role):
        _join_first(talk, "check_in.joining")
    elif command.part and talk.has_withdrawn:
        talk.ask_consent()
    else:
        if event.name not in STEP_COMMANDS:
            talk.lay_page_aside()
        command.run(talk, event)
    return talk.response()


def start(talk: Talk, _: CommandGiven) -> None:
    """`/start` of somebody who is known: where she stands. Her token was looked at before (`bot/batch`)."""
    if talk.has_stopped:
        rights.take_up(talk)
    elif not talk.is_joining:
        person, programme = str(talk.facts["person.name"]), str(talk.facts["programme.name"])
        talk.say_first("talk.hello_again", person=person, programme=programme)
    elif talk.conversation.front is None:
        talk.begin(JOIN)
    else:
        talk.ask_front_again()


def show_help(talk: Talk, _: CommandGiven) -> None:
    steps = Listed(tuple(_command_line(name) for name in STEP_COMMANDS), ", ")
    if talk.is_joining:
        always = Listed(tuple(f"/{name}" for name in ALWAYS), ", ")
        if talk.conversation.front is None:
            talk.say("help_page.joining_left", always=always)
        else:
            talk.say("help_page.joining", steps=steps, always=always)
    else:
        role = Role(str(talk.facts["person.role"]))
        listed = [name for name, command in COMMANDS.items() if role in command.listed]
        commands = Listed(tuple(_command_line(name) for name in listed), "\n")
        talk.say(f"help_page.{role}", commands=commands, steps=steps)
    talk.ask_front_again()


def _command_line(name: str) -> Text:
    return Text("help_page.line", {"command": f"/{name}", "description": Text(f"commands.{name}")})


def pause(talk: Talk, _: CommandGiven) -> None:
    if talk.is_joining:
        _join_first(talk, "pause.joining")
    elif talk.has_stopped:
        talk.say("stop.already")
    else:
        talk.begin("pause")


def _join_first(talk: Talk, text: str) -> None:
    """She is not in yet: say so, and ask what is open; or how to go on when nothing is."""
    talk.say_first(text if talk.conversation.front is not None else "talk.joining_left")


def end_pause(talk: Talk, _: CommandGiven) -> None:
    if talk.rests:
        rights.take_up(talk)
    elif absence(talk.facts):
        talk.do(*forget_absence(talk.facts))
        talk.say_first("pause.called_off")
    elif talk.is_joining:
        _join_first(talk, "check_in.joining")
    else:
        talk.say_first("pause.not_paused")


def check_in(talk: Talk, _: CommandGiven) -> None:
    if talk.is_joining:
        _join_first(talk, "check_in.joining")
    elif talk.facts["person.role"] != Role.TWIN:
        talk.say_first(f"check_in.{Role(str(talk.facts['person.role']))}")
    else:
        prompting.answer_now(talk)


def agenda(talk: Talk, _: CommandGiven) -> None:
    """What comes in the next weeks, and what she can begin now."""
    planner.show(talk)


def numbers(talk: Talk, _: CommandGiven) -> None:
    """The whole check-in with its numbers, in one message to keep."""
    talk.do(Say(card.whole(talk.flows.current(CHECK_IN), talk.facts)))
    talk.ask_front_again()


def step_command(talk: Talk, event: CommandGiven) -> None:
    take(talk, event)


STEP_COMMANDS = ("back", "skip", "leave")
"""What one can do inside a question."""

ALWAYS = ("privacy", "mydata", "delete", "language", "about", "contact")
"""What somebody may want before she is in."""

_ALL = tuple(Role)
_READERS = (Role.TWIN, Role.COORDINATOR)
_TWINS = (Role.TWIN,)
_COORDINATORS = (Role.COORDINATOR,)

COMMANDS: Mapping[str, Command] = {
    "checkin": Command(check_in, _TWINS, part=True),
    "numbers": Command(numbers, _TWINS),
    "pair": Command(pairing.pair, _COORDINATORS, _COORDINATORS, part=True),
    "unpair": Command(pairing.unpair, _COORDINATORS, _COORDINATORS, part=True),
    "pairs": Command(coordinating.show_pairs, _COORDINATORS, _COORDINATORS, part=True),
    "digest": Command(coordinating.show_digest, _COORDINATORS, _COORDINATORS, part=True),
    "checklist": Command(coordinating.checklist, _READERS, _READERS, part=True),
    "broadcast": Command(coordinating.broadcast, _COORDINATORS, _COORDINATORS, part=True),
    "try": Command(coordinating.try_conversation, _COORDINATORS, _COORDINATORS, part=True),
    "ours": Command(coordinating.ours, _COORDINATORS, _COORDINATORS, part=True),
    "next": Command(rights.what_is_next, _READERS),
    "agenda": Command(agenda, _TWINS, _TWINS, part=True),
    **{name: Command(reflecting.record, _TWINS, _TWINS, part=True) for name in reflecting.DIRECTIONS},
    "reflections": Command(reflecting.reread, _TWINS, _TWINS),
    "balance": Command(reflecting.balance, _TWINS, _TWINS),
    "goals": Command(planning.goals, _TWINS, _TWINS, part=True),
    "agreement": Command(pairing.agreement, _TWINS, _TWINS, part=True),
    "phase": Command(pairing.phase, _READERS, _READERS, part=True),
    "certificate": Command(pairing.certificate, of=_TWINS, part=True),
    "twin": Command(notes.twin, _TWINS, _TWINS, part=True),
    "pause": Command(pause, _TWINS),
    "resume": Command(end_pause, _ALL),
    "stop": Command(rights.stop, _ALL),
    "time": Command(rights.time, _ALL),
    "language": Command(rights.language, _ALL),
    "lite": Command(rights.lite, _ALL),
    "contact": Command(rights.contact, _ALL),
    "privacy": Command(rights.privacy, _ALL),
    "mydata": Command(rights.my_data, _ALL),
    "delete": Command(rights.delete, _ALL),
    "about": Command(rights.about, _ALL),
    "help": Command(show_help, _ALL),
    "developer_info": Command(rights.developer_info),
    "start": Command(start),
    **{name: Command(step_command) for name in STEP_COMMANDS},
}
