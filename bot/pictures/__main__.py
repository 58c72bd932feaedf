"""Makes one picture: SVG from standard input, a PNG to standard output."""

from __future__ import annotations

import sys

import resvg_py

from bot.pictures.font import FAMILY, FONTS

if __name__ == "__main__":
    svg = sys.stdin.buffer.read().decode()
    fonts = [str(font) for font in FONTS]
    png = resvg_py.svg_to_bytes(svg_string=svg, font_files=fonts, font_family=FAMILY, skip_system_fonts=True)
    sys.stdout.buffer.write(bytes(png))
