"""What somebody else shared with her: shown, changed and taken back in her own chat. Pure.

Rules kept here:

* The words are one message of their own under an anchor, so that a change or a taking back finds them; they can not be
  forwarded, and are not repeated when the question beside them is asked again.
* So is a voice note that was heard: it goes when it is taken back or changed, as long as the platform lets us.
* What she says back, and the voice note, are a session that stands aside: nobody has to answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flows.effects import CancelTimer, MarkChosen, Remove, Rewrite, Say, SetSharing, Tell
from flows.entries import PRIVATE, TWIN
from flows.events.pairs import (
    PageNotShown,
    PagePassedOn,
    PageTakenBack,
    ReflectionShared,
    SharedAnswered,
    SharingFailed,
    SharingWithdrawn,
)
from flows.people import PersonId, PersonState, Role
from flows.rules import visits
from flows.rules.pages import not_shown_to, text_of
from flows.rules.reflecting import day_of, own, shared_text
from flows.rules.sharing import anchor, find, voice_anchor
from flows.session import Outcome, Status
from flows.values import Text

if TYPE_CHECKING:
    from flows.talk import Talk

SHARED = "shared_reflection"
"""The flow by which something can be said back."""

QUESTION = "ask_back"


def shared(talk: Talk, event: ReflectionShared) -> None:
    """Show it, or put the new words in the place of the old ones."""
    text = shared_text(event, event.author_name)
    if event.changed:
        talk.do(Rewrite(anchor(event.author, event.entry, talk.facts["person.id"]), text))
        if event.voice_changed:
            was_open = bool(_open(talk, event))
            talk.do(Remove(voice_anchor(event.author, event.entry, talk.facts["person.id"])))
            _close(talk, event)
            if was_open or event.voice is not None:
                _ask_back(talk, event)
        return
    if _hears_nothing(talk, event):
        talk.do(Tell(event.author, SharingFailed(str(talk.facts["person.name"]), event.entry, event.day)))
        return
    talk.do(Say(text, anchor=anchor(event.author, event.entry, talk.facts["person.id"]), protected=True))
    _ask_back(talk, event)


def failed(talk: Talk, event: SharingFailed) -> None:
    """To the author: it was not passed on, so it is private, as she is told. Why is not hers to know."""
    entry = find(own(talk.facts), event.entry)
    if entry is not None and entry.sharing == TWIN:
        talk.do(SetSharing(event.entry, PRIVATE))
        talk.say("shared.not_passed_on", reader=event.reader_name, day=day_of(event.day))


def _hears_nothing(talk: Talk, event: ReflectionShared | PagePassedOn) -> bool:
    """Whether she is not the author's twin any more, takes part no more, or asked to hear nothing of her."""
    if talk.facts["person.role"] != Role.TWIN:
        return False
    is_in = talk.facts["twin.id"] == event.author and talk.facts["person.state"] != PersonState.STOPPED
    return not is_in or bool(talk.facts["twin.muted"])


def withdrawn(talk: Talk, event: SharingWithdrawn) -> None:
    """Put in its place that it was taken back; nothing can be said to it, or heard, any more."""
    text = Text("shared.taken_back", {"twin": event.author_name})
    talk.do(Rewrite(anchor(event.author, event.entry, talk.facts["person.id"]), text, withdraw=True))
    talk.do(Remove(voice_anchor(event.author, event.entry, talk.facts["person.id"])))
    _close(talk, event)


def answered(talk: Talk, event: SharedAnswered) -> None:
    """To the author: what was said back."""
    answer = Text(f"shared.{event.answer}")
    talk.say("shared.answered", reader=event.reader_name, day=day_of(event.day), answer=answer)


# -- pages -------------------------------------------------------------------------------------------------------------


def page_passed_on(talk: Talk, event: PagePassedOn) -> None:
    """Show the page under an anchor of its own, or put the new one in the place of the old."""
    text = text_of(event.flow, event.author_name, event.lines)
    place = page_anchor(event, talk.facts["person.id"])
    if event.changed:
        talk.do(Rewrite(place, text))
    elif _hears_nothing(talk, event):
        talk.do(Tell(event.author, _not_shown(talk, event)))
    else:
        talk.do(Say(text, anchor=place, protected=True))
        talk.ask_front_again()


def _not_shown(talk: Talk, event: PagePassedOn) -> PageNotShown:
    reader = PersonId(int(str(talk.facts["person.id"])))
    return PageNotShown(str(talk.facts["person.name"]), event.flow, reader, event.session)


def page_taken_back(talk: Talk, event: PageTakenBack) -> None:
    text = Text("shared.taken_back", {"twin": event.author_name})
    talk.do(Rewrite(page_anchor(event, talk.facts["person.id"]), text, withdraw=True))


def page_not_shown(talk: Talk, event: PageNotShown) -> None:
    """To the author. A change of hers is then a page that the reader has not seen, not another one in its place."""
    session = None if event.session is None else talk.sessions.get(event.session)
    if session is not None and event.reader is not None:
        talk.sessions[session.number] = not_shown_to(session, event.reader)
    talk.say("pages.not_shown", reader=event.reader_name, title=Text(f"{event.flow}.title"))
    if event.flow == visits.PLAN:
        talk.do(*visits.not_told(talk.facts))


def page_anchor(event: PagePassedOn | PageTakenBack, reader: object) -> str:
    """The name of a page in the chat of `reader`."""
    return anchor(event.author, f"page/{event.session}", reader)


def _ask_back(talk: Talk, event: ReflectionShared) -> None:
    given = {
        "author": event.author_name,
        "author_id": str(event.author),
        "entry": str(event.entry),
        "day": event.day,
        "voice": event.voice or "",
    }
    talk.begin(SHARED, given)


def _close(talk: Talk, event: ReflectionShared | SharingWithdrawn) -> None:
    """The open question about an entry ends, its buttons go, and the name of the voice note with them."""
    front = talk.conversation.front
    for number in _open(talk, event):
        session = talk.sessions[number]
        ended = replace(session, status=Status.ENDED, outcome=Outcome.LEFT, step=None, ended_at=talk.now)
        talk.sessions[number] = replace(ended, given={**session.given, "voice": ""})
        talk.do(MarkChosen(number, QUESTION, ()), CancelTimer("expiry", str(number)))
    if front is not None and talk.sessions[front.number].status is Status.ENDED:
        talk.ask_front_again()
        talk.settle()


def _open(talk: Talk, event: ReflectionShared | SharingWithdrawn) -> list[int]:
    """The open sessions in which something could be said back to this entry."""
    meant = (str(event.author), str(event.entry))
    return [
        one.number
        for one in talk.sessions.values()
        if one.flow == SHARED
        and one.status is Status.OPEN
        and (one.given.get("author_id"), one.given.get("entry")) == meant
    ]
