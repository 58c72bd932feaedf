"""What coordinators can do: the same commands on both sides. Who coordinates is the only question, never where."""

from __future__ import annotations

from collections.abc import Mapping

from flows.catalogue import Flow
from flows.checklist import FLOWS
from flows.conversation import Talk
from flows.effects import Say
from flows.events.own import CommandGiven
from flows.overlay import OWN_FILES
from flows.people import Role
from flows.rules.checklist import STATEMENTS, agreed_changes, statements_of
from flows.rules.overview import digest, overview_of
from flows.rules.trying import ITSELF

STORY = (
    "join",
    "proposal",
    "naming",
    "agreement",
    "agreement_offer",
    "agreement_page",
    "weekly_checkin",
    "all_ok",
    "tell_coordinator",
    "reflect",
    "reflections",
    "shared_reflection",
    "twin_note",
    "note_received",
    "goals",
    "goal",
    "goal_offer",
    "milestone",
)
"""The conversations of a twin in the order in which she meets them. The others of hers come after these."""

OWN_PHASE = "coordination"
"""Where the coordinators' own conversations stand: last, since those of twins are what they want to try."""


def show_pairs(talk: Talk, _: CommandGiven) -> None:
    _begin(talk, "pairs_list", {"page": "1"})


def show_digest(talk: Talk, _: CommandGiven) -> None:
    """The digest as it would come now; on a Monday it is the one that came."""
    talk.do(Say(digest(overview_of(talk.facts), talk.now, str(talk.facts["person.zone"]))))
    talk.ask_front_again()


def try_conversation(talk: Talk, event: CommandGiven) -> None:
    """`/try`: choose a conversation. `/try check`: the one whose name has that in it, or choose among several."""
    known = sorted((flow for flow in talk.flows.flows.values() if flow.id != ITSELF), key=_place)
    wanted = _letters(event.argument)
    found = {flow.id: flow for flow in known if any(wanted in name for name in _names(flow))}
    exact = {id_: flow for id_, flow in found.items() if wanted in _names(flow)}
    named = exact or found or {flow.id: flow for flow in known}
    listed = " ".join(f"{id_}{'+' if flow.definition.title else ''}" for id_, flow in named.items())
    _begin(talk, ITSELF, {"flows": listed, **({"flow": next(iter(named))} if len(named) == 1 else {})})


def _place(flow: Flow) -> tuple[int, bool, str]:
    """Where it stands in the list."""
    told = STORY.index(flow.id) if flow.id in STORY else len(STORY)
    return told, flow.phase == OWN_PHASE, flow.id


def _names(flow: Flow) -> set[str]:
    """What it is called: by its id, and by its title in every language."""
    titles = (text.get(f"{flow.id}.title", "") for text in (flow.texts, *flow.translations.values()))
    return {_letters(flow.id), *map(_letters, titles)} - {""}


def _letters(name: str) -> str:
    """`check-in` and `Check in` mean the same."""
    return "".join(char for char in name.casefold() if char.isalnum())


def ours(talk: Talk, _: CommandGiven) -> None:
    """What the programme has of its own; a facilitator can take it back."""
    own, facilitators = talk.facts.get(OWN_FILES), talk.facts["programme.facilitators"]
    may = isinstance(facilitators, tuple) and talk.facts["person.id"] in dict(facilitators)
    given = {"own": " ".join(own) if isinstance(own, tuple) else "", **({"may": "yes"} if may else {})}
    _begin(talk, "ours", given)


def broadcast(talk: Talk, _: CommandGiven) -> None:
    _begin(talk, "broadcast", {"texts": "{}"})


def checklist(talk: Talk, _: CommandGiven) -> None:
    """How both sides stand. What is asked is read from the flows as they are now. To a twin what both agreed to
    change."""
    if talk.facts["person.role"] == Role.TWIN:
        talk.do(Say(agreed_changes(talk.facts)))
        talk.ask_front_again()
        return
    asked = [one for flow in FLOWS for one in statements_of(talk.flows.current(flow))]
    _begin(talk, "checklist", {STATEMENTS: " ".join(f"{one.id}={one.save}" for one in asked)})


def _begin(talk: Talk, flow: str, given: Mapping[str, str]) -> None:
    """Begin it; when it has nothing to ask, what was open before is asked again."""
    before = talk.conversation.front
    talk.begin(flow, given)
    if before is not None and talk.conversation.front is not None and talk.conversation.front.number == before.number:
        talk.ask_front_again()
