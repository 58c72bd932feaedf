"""Draws one page: JSON from standard input, a PDF to standard output."""

from __future__ import annotations

import sys

from bot.certificates.drawing import PAGES
from bot.certificates.page import pdf_of

if __name__ == "__main__":
    sys.stdout.buffer.write(pdf_of(PAGES.validate_json(sys.stdin.buffer.read())))
