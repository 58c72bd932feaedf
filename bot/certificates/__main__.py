"""Draws one page: JSON from standard input, a PDF to standard output."""

from __future__ import annotations

import sys

from pydantic import TypeAdapter

from bot.certificates.page import pdf_of
from storage.messages import Page

if __name__ == "__main__":
    sys.stdout.buffer.write(pdf_of(TypeAdapter(Page).validate_json(sys.stdin.buffer.read())))
