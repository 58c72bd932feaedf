"""`/gave`, `/received`, `/gaveback`, `/reflections`, `/balance`: what flows between two twins, noted and looked at."""

from __future__ import annotations

from flows import digits
from flows.confiding import WORDS_LIMIT
from flows.conversation import Talk
from flows.events.own import CommandGiven
from flows.rules.balancing import balance_text, own_months
from flows.rules.confidentiality import might_identify
from flows.rules.reciprocity import Counts

DIRECTIONS = {"gave": "giving", "received": "receiving", "gaveback": "giving_back"}
"""What each command states."""

BALANCE = "balance"
"""The flow in which the balance is shown with a button for its picture."""


def record(talk: Talk, event: CommandGiven) -> None:
    """Begin to note what flowed. Words behind the command are its line, unless they have to be looked at first."""
    if _joins_first(talk):
        return
    line = event.argument.strip()
    given = {"direction": DIRECTIONS[event.name]}
    if _can_be_kept(line):
        given["line"] = line
    elif line:
        talk.say("reflections.left_out", command=event.name, limit=WORDS_LIMIT)
    talk.begin("reflect", given)


def _can_be_kept(line: str) -> bool:
    fits = 0 < len(line) <= WORDS_LIMIT
    return fits and digits.read_numbers(line) is None and not might_identify(line)


def reread(talk: Talk, _: CommandGiven) -> None:
    """The list of her own entries, as it is now."""
    if not _joins_first(talk):
        talk.begin("reflections")


def balance(talk: Talk, _: CommandGiven) -> None:
    """How giving and receiving stand, and an invitation."""
    if _joins_first(talk):
        return
    if talk.facts["twin.id"] is None:
        talk.say_first("balance.no_twin")
        return
    if any(counts != Counts() for counts in own_months(talk.facts, talk.now).values()):
        talk.begin(BALANCE)
    else:  # there is nothing to draw
        found = balance_text(talk.facts, talk.now)
        talk.say(found.id, **found.values)
    talk.ask_front_again()


def _joins_first(talk: Talk) -> bool:
    """She is not in yet: say so, and ask what is open; or how to go on when nothing is."""
    if talk.is_joining:
        talk.say_first("talk.joining_left" if talk.conversation.front is None else "reflections.joining")
    return talk.is_joining
