"""What a turn says, as rows of the outbox.

Rules kept here:

* Texts become sentences here, in the words of her programme and the language that the person has at this moment.
* What is said to somebody who can not be reached is parked in the outbox until she is back; what is said to somebody
  who is erased goes to the chat, not to a person.
* What she did not ask for and may still be told at night (a hello, words thrown away after 24 hours) makes no sound
  then; a prompt waits for the morning instead (`storage/outbox`).
* Nothing is said to somebody who has no chat.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bot import copies
from bot.callback_data import build_all
from bot.pictures.chart import picture_of
from bot.ramadan import is_ramadan
from bot.telegram.rendering import rows
from flows.effects import Button, Lane, MarkChosen, Rewrite, Say, SendCertificate
from flows.rules.cadence import QuietHours, quiet_until
from flows.rules.quiet import quiet_hours
from flows.values import Text, Value
from storage.messages import Page
from storage.outbox import PARKED, Message, Outgoing

if TYPE_CHECKING:
    from bot.desks import Desk
    from bot.overlays import Overlays
    from bot.speech import Speech

CERTIFICATE_NAME: Final = "twinbot-certificate.pdf"

CHOSEN: Final = "✓"
"""Stands before the label of the choice that holds."""


@dataclass(frozen=True, slots=True)
class Phrasing:
    """Sentences at one moment, for whoever sits at a desk."""

    overlays: Overlays
    now: datetime

    def words(self, desk: Desk, value: Value) -> str:
        """A value as she reads it."""
        return self._speech(desk).value(value, desk.person.language, desk.person.zone)

    def said(self, desk: Desk, say: Say, *, awaited: bool) -> tuple[Outgoing, ...]:
        """A message. `awaited`: she has just done something, and looks at her phone."""
        if desk.chat is None:
            return ()
        person, speech, language = desk.person, self._speech(desk), desk.person.language
        picture = None if say.picture is None else picture_of(say.picture, speech, language)
        prompted = say.lane is Lane.PROMPT
        message = Message(
            "picture" if picture is not None else "send" if say.voice is None else "voice",
            speech.text(say.text, language, person.zone),
            self._buttons(desk, say.session, say.step, say.buttons),
            say.silent or (not (awaited or prompted) and self._at_night(desk)),
            file=say.voice,
            picture=picture,
            protected=say.protected,
        )
        row = Outgoing(
            key=f"prompt/{person.id}/{say.session}" if say.report_delivery else None,
            person=None if desk.erased is not None else person.id,
            chat=desk.chat,
            lane=say.lane,
            message=message,
            not_before=self._earliest(desk),
            valid_until=say.valid_until,
            quiet=str(self._quiet(desk)) if prompted else None,
            prompt_session=say.session if say.report_delivery else None,
            anchor=say.anchor or _anchor(desk, say.session, say.step),
            receipt=None if say.receipt is None else (say.receipt.person, say.receipt.session),
            lasting=say.anchor is not None,
        )
        return (row,)

    def her_copies(self, desk: Desk) -> tuple[Outgoing, ...]:
        """Two messages whose files are made when everything of this batch is written (`bot/copies`)."""
        return tuple(
            row
            for kind, caption in copies.CAPTIONS.items()
            for row in self._reply(desk, Message("document", self.words(desk, Text(caption)), file=kind))
        )

    def certificate(self, desk: Desk, certificate: SendCertificate) -> tuple[Outgoing, ...]:
        """One message whose page is drawn when it is sent (`bot/drawing`): a transaction has no time for it."""
        language = desk.person.language
        page = Page(
            CERTIFICATE_NAME,
            language,
            self._speech(desk).is_rtl(language),
            tuple((how, self.words(desk, line)) for how, line in certificate.lines),
            self.words(desk, Text("certificate.not_drawn")),
        )
        return self._reply(desk, Message("document", self.words(desk, certificate.text), page=page))

    # -- what stands in her chat already ---------------------------------------------------------------------------

    def rewritten(self, desk: Desk, rewrite: Rewrite) -> tuple[Outgoing, ...]:
        """It becomes another message."""
        text = self._speech(desk).text(rewrite.text, desk.person.language, desk.person.zone)
        return self._reply(desk, Message("rewrite", text, target=rewrite.anchor))

    def removed(self, desk: Desk, anchor: str) -> tuple[Outgoing, ...]:
        """It goes."""
        return self._reply(desk, Message("delete", target=anchor))

    def marked(self, desk: Desk, mark: MarkChosen) -> tuple[Outgoing, ...]:
        """Its buttons show what was chosen."""
        buttons = self._buttons(desk, mark.session, mark.step, mark.buttons)
        return self._reply(desk, Message("mark", buttons=buttons, target=_anchor(desk, mark.session, mark.step)))

    # -- parts -----------------------------------------------------------------------------------------------------

    def _reply(self, desk: Desk, message: Message) -> tuple[Outgoing, ...]:
        if desk.chat is None:
            return ()
        person = None if desk.erased is not None else desk.person.id
        return (Outgoing(None, person, desk.chat, Lane.REPLY, message, self._earliest(desk)),)

    def _speech(self, desk: Desk) -> Speech:
        return self.overlays.of(desk.person.programme).speech

    def _at_night(self, desk: Desk) -> bool:
        return quiet_until(self._quiet(desk), self.now) is not None

    def _quiet(self, desk: Desk) -> QuietHours:
        return quiet_hours(desk.person.quiet_hours, desk.person.zone, is_ramadan)

    def _earliest(self, desk: Desk) -> datetime:
        return self.now if desk.person.unreachable_since is None else PARKED

    def _buttons(
        self, desk: Desk, session: int | None, step: str | None, buttons: tuple[Button, ...]
    ) -> tuple[tuple[tuple[str, str], ...], ...]:
        if session is None or step is None:
            return ()
        labels = self._speech(desk).labels([one.label for one in buttons], desk.person.language, desk.person.zone)
        named = build_all(session, step, [one.choice for one in buttons])
        shown = [
            (f"{CHOSEN} {label}" if one.chosen else label, data)
            for one, label, data in zip(buttons, labels, named, strict=True)
        ]
        # laid out without its mark, so that no button moves under a thumb
        return tuple([tuple(shown[row]) for row in rows(tuple(labels))])


def _anchor(desk: Desk, session: int | None, step: str | None) -> str | None:
    return None if session is None or step is None else f"p{desk.person.id}/s{session}/{step}"
