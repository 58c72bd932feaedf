"""Keeps `locales/` in step with the library, says what is wrong with it, and exchanges it with translators. `update`,
`status`, `check`, `export` and `take_in` take the root of a checkout; `lint` takes what is already read, so that a
start can refuse a broken translation too.

May import flows, Babel, the languages of `bot.speech` and the door to spreadsheets.
"""

from bot.translations.catalogues import Status, check, root, status, update
from bot.translations.exchange import export, take_in
from bot.translations.rules import lint
from bot.translations.taking import Taking

__all__ = ["Status", "Taking", "check", "export", "lint", "root", "status", "take_in", "update"]
