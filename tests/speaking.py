"""Whoever speaks the packaged library, made once in each process of the tests. Nobody changes what they share."""

from __future__ import annotations

from functools import cache

from bot.library import packaged_catalogue
from bot.speech import Speech


@cache
def the_speech() -> Speech:
    return Speech(packaged_catalogue())
