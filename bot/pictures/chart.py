"""A chart as SVG: one row of columns under each label, one block for each time.

Rules kept here:

* No number, no scale, no line to reach: a block is a time, and rows are there to be looked at, not to be compared with
  anybody. All rows share one height for a block.
* Drawn for a phone: at 320 pixels across nothing is smaller than `SMALLEST` pixels.
* Told by place and words; colour only helps. The three colours are apart for every kind of colour blindness (Okabe and
  Ito, "Color universal design", 2008).
* In a language that runs from right to left so does everything: labels begin at the right, and so does time.
* The same picture is the same text, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from storage.messages import Picture

if TYPE_CHECKING:
    from bot.speech import Speech
    from flows.values import Chart

WIDTH: Final = 640
"""Units across, two for each pixel of the smallest phone (320)."""
PIXELS: Final = 480
"""Pixels across of what is sent: sharp enough on that phone. Telegram makes a JPEG of every photo, which grows with the
pixels: of 480 across some 20 to 30 kB, of 640 some 35."""
SMALLEST: Final = 11
"""Pixels on that phone, of the smallest letters."""

_MARGIN: Final = 28
_TITLE, _LABEL, _SMALL = 30, 26, 2 * SMALLEST + 1
_COLUMN: Final = 104
"""Height of the tallest column."""
_BLOCK: Final = 20
"""Height of one block, as long as the tallest column has room for all of them."""
_GAP: Final = 3
_GAPLESS: Final = 7
"""Blocks lower than this stand without gaps: nobody counts so many."""
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73")
_INK, _GREY, _BAND = "#1a1a1a", "#595959", "#f3f3f1"

RLI, PDI = "\u2067", "\u2069"
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def picture_of(chart: Chart, speech: Speech, language: str) -> Picture:
    """The chart in the words of a reader's language. Its times are days, which no zone moves."""
    labels = tuple(label for label, _ in chart.rows)
    title, note, *words = speech.labels((chart.title, chart.note, *chart.times, *labels), language, "UTC")
    times, named = tuple(words[: len(chart.times)]), words[len(chart.times) :]
    rows = tuple((label, amounts) for label, (_, amounts) in zip(named, chart.rows, strict=True))
    return Picture(title, note, times, rows, speech.is_rtl(language))


def svg_of(picture: Picture) -> str:
    """The picture as SVG, `WIDTH` wide."""
    parts = [
        _text(picture, _MARGIN, 52, _TITLE, picture.title),
        _text(picture, _MARGIN, 90, _SMALL, picture.note, _GREY),
    ]
    top = 112
    highest = max((amount for _, amounts in picture.rows for amount in amounts), default=0)
    block = min(_BLOCK, _COLUMN / highest) if highest else _BLOCK
    tall = max(2 * _BLOCK, round(block * highest))
    row_height = 46 + tall + 18
    height = top + row_height * len(picture.rows) + 34 + _MARGIN // 2
    parts += _bands(picture, top, height)
    for number, (label, amounts) in enumerate(picture.rows):
        base = top + row_height * number + 46 + tall
        parts.append(_text(picture, _MARGIN, base - tall - 14, _LABEL, label))
        parts += _columns(picture, amounts, base, block, _COLOURS[number % len(_COLOURS)])
    width = (WIDTH - 2 * _MARGIN) / max(1, len(picture.times))
    for number, time in enumerate(picture.times):
        centre = _across(picture, _MARGIN + width * (number + 0.5))
        parts.append(_text(picture, centre, height - 22, _SMALL, time, anchor="middle"))
    size = f'width="{PIXELS}" height="{height * PIXELS // WIDTH}" viewBox="0 0 {WIDTH} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} shape-rendering="crispEdges">'
    return "".join((head, f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>', *parts, "</svg>"))


def _bands(picture: Picture, top: int, height: int) -> Iterator[str]:
    """Every other time on a ground of its own, so that the eye finds it down to its name."""
    width = (WIDTH - 2 * _MARGIN) / max(1, len(picture.times))
    for number in range(1, len(picture.times), 2):
        left = _across(picture, _MARGIN + width * (number + 0.5)) - width / 2
        yield f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{height - top - 8}" fill="{_BAND}"/>'


def _columns(picture: Picture, amounts: tuple[int, ...], base: int, block: float, colour: str) -> Iterator[str]:
    width = (WIDTH - 2 * _MARGIN) / max(1, len(amounts))
    blocks = block >= _GAPLESS
    yield f'<rect x="{_MARGIN}" y="{base}" width="{WIDTH - 2 * _MARGIN}" height="2" fill="{_GREY}"/>'
    for number, amount in enumerate(amounts):
        left = _across(picture, _MARGIN + width * (number + 0.5)) - width * 0.28
        across = f'x="{left:.1f}" width="{width * 0.56:.1f}"'
        for count in range(1, amount + 1) if blocks else ():
            yield f'<rect {across} y="{base - block * count:.1f}" height="{block - _GAP:.1f}" fill="{colour}"/>'
        if not blocks:
            yield f'<rect {across} y="{base - block * amount:.1f}" height="{block * amount:.1f}" fill="{colour}"/>'


def _across(picture: Picture, x: float) -> float:
    """`x` pixels from where a line begins."""
    return WIDTH - x if picture.rtl else x


def _text(picture: Picture, x: float, y: float, size: int, words: str, fill: str = _INK, anchor: str = "") -> str:
    """One line that begins at `x` from the edge where lines begin, or stands around it."""
    if not anchor:
        x, anchor = _across(picture, x), "end" if picture.rtl else "start"
    if picture.rtl:
        words = f"{RLI}{words}{PDI}"  # else a name in Latin letters at the beginning would turn the line around
    said = escape(_NOT_IN_XML.sub("", words))
    return f'<text x="{x:.1f}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{fill}">{said}</text>'
