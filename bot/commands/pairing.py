"""Commands about pairs: `/pair` and `/unpair` of coordinators, `/agreement` and `/certificate` of twins, `/phase` of
both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows import pairing, phases
from flows.rules import certificates

if TYPE_CHECKING:
    from flows.conversation import Talk
    from flows.events.own import CommandGiven


def pair(talk: Talk, _: CommandGiven) -> None:
    """`/pair`: choose a twin of each side, and have both asked."""
    if talk.is_joining:
        talk.say_first("agreement.joining" if talk.conversation.front is not None else "talk.joining_left")
    else:
        talk.begin("pairing")


def unpair(talk: Talk, _: CommandGiven) -> None:
    """`/unpair`: choose a pair, and end it."""
    talk.begin("unpair")


def agreement(talk: Talk, _: CommandGiven) -> None:
    """`/agreement`: naming and agreement, wherever the two stand."""
    if talk.is_joining:
        talk.say_first("agreement.joining" if talk.conversation.front is not None else "talk.joining_left")
    else:
        pairing.show_agreement(talk)


def phase(talk: Talk, _: CommandGiven) -> None:
    """`/phase`: where a pair stands, and moving it."""
    if talk.is_joining:
        talk.say_first("agreement.joining" if talk.conversation.front is not None else "talk.joining_left")
    else:
        phases.show(talk)


def certificate(talk: Talk, _: CommandGiven) -> None:
    """`/certificate`: asks for the name on it, once the twinning of the two comes to its end."""
    if talk.is_joining:
        talk.say_first("agreement.joining" if talk.conversation.front is not None else "talk.joining_left")
    elif certificates.is_time(talk.facts):
        talk.begin("certificate")
    else:
        talk.say_first("certificate.not_yet")
