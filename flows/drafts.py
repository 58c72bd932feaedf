"""Flows that a facilitator sends into the chat: taken, judged, tried, published. Pure.

Rules kept here:

* Only a coordinator with the right of a facilitator; everybody else is told kindly, a coordinator also who has it.
* Nothing is fetched or judged here: the shell does (`bot/drafting`), and reports what it found.
* What she tries is the very version that she would publish. Nobody else meets it before that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from flows import unbidden
from flows.advice import said
from flows.effects import KeepDraft
from flows.events.own import SentDocument
from flows.events.shell import DraftEmpty, DraftJudged, DraftProblems, DraftRefused, FlowsKept, FlowsPublished
from flows.people import Role
from flows.rules.drafting import DRAFT
from flows.session import Session
from flows.values import Listed

if TYPE_CHECKING:
    from flows.talk import Talk

MOST_BYTES: Final = 2_000_000
"""The largest file that is fetched: every flow in six languages, as a spreadsheet, is half a megabyte."""


def document_sent(talk: Talk, event: SentDocument) -> None:
    """Take a file from whoever may send one."""
    facts = talk.facts
    if facts["person.role"] != Role.COORDINATOR or talk.is_joining or talk.has_stopped:
        talk.say_first("talk.only_text")
        return
    known = facts["programme.facilitators"]
    facilitators = dict(known) if isinstance(known, tuple) else {}
    if not facilitators:
        talk.say_first("drafts.nobody")
    elif facts["person.id"] not in facilitators:
        talk.say_first("drafts.theirs", names=Listed(tuple(facilitators.values()), ", "))
    elif event.size > MOST_BYTES:
        talk.say_first("drafts.too_large", megabytes=MOST_BYTES // 1_000_000)
    else:
        talk.do(KeepDraft(event.message, event.file, event.name))


def refused(talk: Talk, event: DraftRefused) -> None:
    """It is no file that a flow could be in, or it could not be fetched."""
    if event.why:
        talk.say_first("drafts.refused", why=said(event.why))
    else:
        talk.say_first("drafts.not_fetched")


def problems(talk: Talk, event: DraftProblems) -> None:
    """Everything that is wrong, as far as it fits; she mends it, or throws it away."""
    talk.begin(DRAFT, {"problems": event.problems, **({"more": str(event.more)} if event.more else {})})


def judged(talk: Talk, event: DraftJudged) -> None:
    """Nothing is wrong: ask what is to be done with it, after what she should look at once more."""
    if event.still:
        talk.say("drafts.still", texts=said(event.still))
    talk.begin(DRAFT, {"files": event.files, "drafted": event.flows, "inside": str(event.inside)})


def nothing_new(talk: Talk, _: DraftEmpty) -> None:
    """It differs in nothing from what is packaged."""
    unbidden.end_open(talk, DRAFT)
    talk.say_first("drafts.nothing_new")


def published(talk: Talk, event: FlowsPublished) -> None:
    """To the one who did it, and to the other coordinators, or to all when it was done on the command line."""
    done = "taken_back" if event.taken_back else "published"
    if event.outside:
        talk.say(f"drafts.{done}_outside", files=event.files)
    elif event.by:
        talk.say(f"drafts.{done}_by", person=event.by, files=event.files)
    else:
        talk.say(f"drafts.{done}", files=event.files)
    talk.ask_front_again()


def kept(talk: Talk, event: FlowsKept) -> None:
    talk.say_first("drafts.kept", problems=said(event.problems))


def versions_of(sessions: Iterable[Session]) -> set[str]:
    """The versions that may be tried from one of these sessions: they are loaded before she can."""
    drafted = [one for session in sessions for one in session.given.get("drafted", "").split()]
    return {one.partition("=")[2] for one in drafted if "=" in one}


__all__ = [
    "DRAFT",
    "MOST_BYTES",
    "document_sent",
    "judged",
    "kept",
    "nothing_new",
    "problems",
    "published",
    "refused",
    "versions_of",
]
