"""Keeps `locales/` in step with the library, and says what is wrong with it. `update`, `status`, `check` take the
root of a checkout; `lint` takes what is already read, so that a start can refuse a broken translation too.

May import flows, Babel and the languages of `bot.speech`.
"""

from bot.translations.catalogues import Status, check, root, status, update
from bot.translations.rules import lint

__all__ = ["Status", "check", "lint", "root", "status", "update"]
