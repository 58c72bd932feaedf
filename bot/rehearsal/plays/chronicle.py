"""What a play was like, as one page to scroll: week by week what each phone showed and what was answered on it.

Rules kept here:

* One file that asks nothing of anybody: no script, no picture, no other host. It is dark where the reader's machine is.
* Texts stand in the direction of their own letters, on the phones of people who write from right to left as well.
* What the bot tells of itself (phases, goals) is handed in as notes; silences are read off the phones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import escape
from importlib.resources import files
from zoneinfo import ZoneInfo

from bot.rehearsal.phones import RIGHT_TO_LEFT, PhoneMessage
from bot.rehearsal.playing import CHOSEN
from bot.rehearsal.plays.performance import MONTH_DAYS, Performed
from bot.rehearsal.plays.script import Actor


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened in the programme at a moment, in unix seconds."""

    at: float
    words: str


def chronicle(done: Performed, notes: Sequence[Note], figures: Sequence[tuple[str, str]]) -> str:
    """The whole page. `figures` stand at its head: a name and a value each."""
    return "\n".join(_page(_Chronicle(done, notes), figures))


class _Chronicle:
    """What is looked up while the page is written."""

    def __init__(self, done: Performed, notes: Sequence[Note]) -> None:
        self.done = done
        self.play = done.play
        self.weeks: dict[date, dict[int, list[PhoneMessage]]] = {}
        for chat, kept in done.shown.items():
            for shown in kept.values():
                self.weeks.setdefault(_monday(shown.at), {}).setdefault(chat, []).append(shown)
        self.notes: dict[date, list[Note]] = {}
        for note in sorted((*notes, *self._comings()), key=lambda one: one.at):
            if done.began <= note.at <= done.ends:
                self.notes.setdefault(_monday(note.at), []).append(note)
        self.tapped = {
            (act.chat, act.message): act.words.removeprefix(CHOSEN).strip() for act in done.acts if act.tapped
        }
        self.acted = {(_monday(act.at), act.chat) for act in done.acts}

    def _comings(self) -> Iterator[Note]:
        for actor in self.play.actors:
            first = next(iter(self.done.shown.get(actor.chat, {}).values()), None)
            if first is not None:
                yield Note(first.at, f"{actor.name} ({actor.role}, {actor.side}) opens the invitation.")

    def mondays(self) -> list[date]:
        every, monday = [], _monday(self.done.began)
        while monday <= _monday(self.done.ends):
            every.append(monday)
            monday += timedelta(days=7)
        return every

    def silent(self, monday: date) -> Iterator[Actor]:
        """Who was asked something in that week and did nothing."""
        for actor in self.play.actors:
            asked = any(one.sender == "bot" and one.buttons for one in self.weeks.get(monday, {}).get(actor.chat, ()))
            if asked and (monday, actor.chat) not in self.acted:
                yield actor


def _page(book: _Chronicle, figures: Sequence[tuple[str, str]]) -> Iterator[str]:
    style = files("bot.rehearsal.plays").joinpath("chronicle.css").read_text(encoding="utf-8")
    months = list(_months(book.mondays()))
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(book.play.title)}</title><style>{style}</style></head><body>"
    )
    length = round((book.done.ends - book.done.began) / 86_400 / MONTH_DAYS)
    yield f"<header><h1>{escape(book.play.title)}</h1><p>A whole programme, played in rehearsal: {length} months. "
    yield "Everybody in it is invented.</p>"
    yield from _table([*figures, *_counts(book)])
    yield '</header><nav aria-label="Months"><ol>'
    yield from (f'<li><a href="#m{month:%Y-%m}">{month:%B %Y}</a></li>' for month, _ in months)
    yield "</ol></nav><main>"
    for month, mondays in months:
        yield f'<h2 id="m{month:%Y-%m}">{month:%B %Y}</h2>'
        for monday in mondays:
            yield from _week(book, monday)
    yield "</main><footer>Made by <code>twinbot rehearse --play</code>.</footer></body></html>"


def _months(mondays: Iterable[date]) -> Iterator[tuple[date, list[date]]]:
    """A week belongs to the month of its Monday."""
    months: dict[date, list[date]] = {}
    for monday in mondays:
        months.setdefault(monday.replace(day=1), []).append(monday)
    yield from months.items()


def _counts(book: _Chronicle) -> Iterator[tuple[str, str]]:
    for actor in book.play.actors:
        told = sum(1 for _ in book.done.bot_messages(actor.chat))
        did = sum(act.chat == actor.chat for act in book.done.acts)
        if told or did:
            yield f"{actor.name}, {actor.role}, {actor.side}", f"{told} messages of the bot, {did} answers"


def _table(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield "<table>"
    yield from (f"<tr><th scope=row>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    yield "</table>"


def _week(book: _Chronicle, monday: date) -> Iterator[str]:
    sunday = monday + timedelta(days=6)
    yield f'<section class="week"><h3>Week {monday:%V} · {monday.day} {monday:%B} to {sunday.day} {sunday:%B %Y}</h3>'
    notes = [escape(note.words) for note in book.notes.get(monday, ())]
    notes += [f"{escape(actor.name)} was asked and did not answer." for actor in book.silent(monday)]
    if notes:
        yield '<ul class="notes">' + "".join(f"<li>{words}</li>" for words in notes) + "</ul>"
    phones = book.weeks.get(monday, {})
    if not phones:
        yield "<p>Nothing was said.</p>"
    yield '<div class="phones">'
    for actor in book.play.actors:
        if actor.chat in phones:
            yield from _phone(book, actor, phones[actor.chat])
    yield "</div></section>"


def _phone(book: _Chronicle, actor: Actor, messages: Sequence[PhoneMessage]) -> Iterator[str]:
    direction = "rtl" if actor.language in RIGHT_TO_LEFT else "ltr"
    yield f'<section class="phone" lang="{actor.language}" dir="{direction}">'
    yield f'<h4>{escape(actor.name)} <span dir="ltr">{actor.role} · {escape(actor.side)}</span></h4>'
    zone = ZoneInfo(actor.zone)
    for shown in messages:
        own = " own" if shown.sender == "person" else ""
        at = datetime.fromtimestamp(shown.at, zone)
        words = escape(shown.text or (shown.file or {}).get("file_name", "a file"))
        yield f'<div class="message{own}"><p dir="auto">{words}</p>'
        if shown.buttons:
            yield f'<div class="buttons">{_buttons(shown, book.tapped.get((actor.chat, shown.id)))}</div>'
        yield f'<time dir="ltr" datetime="{at.isoformat(timespec="minutes")}">{at:%a %H:%M}</time></div>'
    yield "</section>"


def _buttons(shown: PhoneMessage, tapped: str | None) -> str:
    chips = []
    for row in shown.buttons:
        for button in row:
            chosen = button.text.startswith(CHOSEN) or button.text == tapped
            chips.append(f"<span{' class=tapped' if chosen else ''}>{escape(button.text)}</span>")
    return "".join(chips)


def _monday(at: float) -> date:
    day = datetime.fromtimestamp(at, UTC).date()
    return day - timedelta(days=day.weekday())
