"""A page as a PDF: A4 across, in the middle, a frame around it. The one door to fpdf.

Rules kept here:

* Every line is shaped and runs in its own direction (Arabic is joined, and reads from right to left).
* What is too long for its line is written smaller, then broken; what has no glyph in our fonts is left out. A name
  never pushes anything off the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from storage.messages import Page

FONTS: Final = Path(__file__).parent / "fonts"
LATIN, ARABIC = "latin", "arabic"
FILES: Final = {LATIN: "NotoSerif-Latin.ttf", ARABIC: "NotoNaskhArabic-Regular.ttf"}

Colour = tuple[int, int, int]
INK: Final[Colour] = (34, 40, 49)
PALE: Final[Colour] = (110, 118, 129)
ACCENT: Final[Colour] = (15, 92, 92)

WIDTH: Final = 297.0
HEIGHT: Final = 210.0
MARGIN: Final = 34.0
"""Millimetres on either side of the lines."""
FRAMES: Final = ((10.0, 0.9), (12.6, 0.25))
"""How far from the edge, and how thick."""
TOP, SIGNED_AT, FOOT_AT = 24.0, 168.0, 187.0
SIGNATURE: Final = 66.0
"""How long a line for a signature is, at most."""
LEADING: Final = 1.5
POINT: Final = 0.3528
"""Millimetres."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a line is written: size in points, the smallest that it may shrink to, the room above it, and its colour."""

    size: float
    smallest: float
    above: float
    colour: Colour = INK


STYLES: Final = {
    "title": Style(34, 18, 0, ACCENT),
    "plain": Style(13.5, 9, 3),
    "name": Style(31, 14, 3),
    "strong": Style(21, 12, 3, ACCENT),
    "small": Style(11.5, 9, 6, PALE),
    "signed": Style(10, 8, 0, PALE),
    "foot": Style(8.5, 7, 0, PALE),
}
IN_PLACE: Final = frozenset({"signed", "foot"})
"""Styles with a place of their own at the bottom."""


def pdf_of(page: Page) -> bytes:
    """The file."""
    pdf = _Sheet(page)
    pdf.frame()
    pdf.lines([(STYLES[how], words) for how, words in page.lines if how not in IN_PLACE])
    pdf.signatures([words for how, words in page.lines if how == "signed"])
    pdf.foot(" ".join(words for how, words in page.lines if how == "foot"))
    return bytes(pdf.output())


class _Sheet(FPDF):
    def __init__(self, page: Page) -> None:
        super().__init__(orientation="landscape", unit="mm", format="A4")
        self.set_auto_page_break(False)
        self.set_margins(MARGIN, TOP, MARGIN)
        self.c_margin = 0
        self._glyphs: set[int] = set()
        for name, file in FILES.items():
            self.add_font(name, fname=FONTS / file)
            font = self.fonts[name]
            if isinstance(font, TTFFont):
                self._glyphs |= font.cmap.keys()
        self._first = ARABIC if page.rtl else LATIN
        self.set_fallback_fonts([LATIN if page.rtl else ARABIC], exact_match=False)
        self.set_text_shaping(True, direction="rtl" if page.rtl else "ltr")
        self._rtl = page.rtl
        self.set_lang(page.language)
        self.set_title(next((words for how, words in page.lines if how == "title"), ""))
        self.add_page()

    def frame(self) -> None:
        self.set_draw_color(*ACCENT)
        for inset, thick in FRAMES:
            self.set_line_width(thick)
            self.rect(inset, inset, WIDTH - 2 * inset, HEIGHT - 2 * inset)

    def lines(self, lines: list[tuple[Style, str]]) -> None:
        """Below each other, as a block in the middle of the room above the signatures."""
        room = WIDTH - 2 * MARGIN
        tall = sum(style.above + self._height(style, words, room) for style, words in lines)
        at = max(TOP, TOP + (SIGNED_AT - TOP - 8 - tall) / 2)
        for style, words in lines:
            at += style.above
            at = self._write(style, words, MARGIN, at, room)

    def signatures(self, names: list[str]) -> None:
        """A line each, side by side, in the order in which the language reads."""
        if not names:
            return
        room = (WIDTH - 2 * MARGIN) / len(names)
        wide = min(SIGNATURE, room - 8)
        self.set_line_width(0.2)
        self.set_draw_color(*PALE)
        for place, name in enumerate(reversed(names) if self._rtl else names):
            left = MARGIN + place * room + (room - wide) / 2
            self.line(left, SIGNED_AT, left + wide, SIGNED_AT)
            self._write(STYLES["signed"], name, left, SIGNED_AT + 1.5, wide)

    def foot(self, words: str) -> None:
        self._write(STYLES["foot"], words, MARGIN, FOOT_AT, WIDTH - 2 * MARGIN)

    # -- one line ----------------------------------------------------------------------------------------------------

    def _known(self, words: str) -> str:
        """Without what no font of ours can write."""
        return "".join(one for one in words if ord(one) in self._glyphs)

    def _fit(self, style: Style, words: str, room: float) -> float:
        """The size at which it stands on one line, or the smallest one."""
        size = style.size
        self.set_font(self._first, size=size)
        while size > style.smallest and self.get_string_width(words) > room:
            size -= 0.5
            self.set_font_size(size)
        return size

    def _height(self, style: Style, words: str, room: float) -> float:
        words = self._known(words)
        size = self._fit(style, words, room)
        tall = self.multi_cell(room, size * POINT * LEADING, words, align="C", dry_run=True, output="HEIGHT")
        return cast(float, tall)

    def _write(self, style: Style, words: str, left: float, at: float, room: float) -> float:
        """Writes it in the middle of `room`; where what comes below it begins."""
        words = self._known(words)
        size = self._fit(style, words, room)
        self.set_text_color(*style.colour)
        self.set_xy(left, at)
        self.multi_cell(room, size * POINT * LEADING, words, align="C", new_x=XPos.LEFT, new_y=YPos.NEXT)
        return self.get_y()
