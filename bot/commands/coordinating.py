"""What coordinators can do: the same commands on both sides. Who coordinates is the only question, never where."""

from __future__ import annotations

from collections.abc import Mapping

from flows.conversation import Talk
from flows.effects import Say
from flows.events import CommandGiven
from flows.rules.overview import digest, overview_of
from flows.rules.trying import ITSELF

OWN_PHASE = "coordination"
"""Where the coordinators' own conversations stand; those of twins are what they want to try."""


def show_pairs(talk: Talk, _: CommandGiven) -> None:
    _begin(talk, "pairs_list", {"page": "1"})


def show_digest(talk: Talk, _: CommandGiven) -> None:
    """The digest as it would come now."""
    talk.do(Say(digest(overview_of(talk.facts), talk.now, str(talk.facts["person.zone"]))))
    talk.ask_front_again()


def try_conversation(talk: Talk, event: CommandGiven) -> None:
    """`/try`: choose a conversation; `/try check`: the one of which that is a part, when there is only one."""
    known = {id_: flow for id_, flow in talk.flows.flows.items() if id_ != ITSELF}
    wanted = _letters(event.argument)
    named = [id_ for id_ in known if wanted and wanted in _letters(id_)]
    named = [id_ for id_ in named if _letters(id_) == wanted] or named
    twins_first = sorted(known.items(), key=lambda one: (one[1].phase == OWN_PHASE, one[0]))
    listed = " ".join(f"{id_}{'+' if flow.definition.title else ''}" for id_, flow in twins_first)
    _begin(talk, ITSELF, {"flows": listed, **({"flow": named[0]} if len(named) == 1 else {})})


def _letters(name: str) -> str:
    """`check-in` and `Check in` mean the same."""
    return "".join(char for char in name.casefold() if char.isalnum())


def broadcast(talk: Talk, _: CommandGiven) -> None:
    _begin(talk, "broadcast", {"texts": "{}"})


def _begin(talk: Talk, flow: str, given: Mapping[str, str]) -> None:
    """Begin it; when it has nothing to ask, what was open before is asked again."""
    before = talk.conversation.front
    talk.begin(flow, given)
    if before is not None and talk.conversation.front is not None and talk.conversation.front.number == before.number:
        talk.ask_front_again()
