"""What stops a command, told to the operator in one sentence. People's mistakes and Telegram's answers are not here."""

from __future__ import annotations

import traceback


class Refused(Exception):
    """The command can not go on; its text is one clear sentence that says what to do."""


class Broken(Exception):
    """A part of the program has failed. The text names the error's class and place, nobody's words."""


class LeaseLost(Exception):
    """This process could not keep the bot to itself: it begins anew, and waits until it can."""


def without_words(failure: BaseException) -> str:
    """Class, files and lines of an error. Its text may quote what somebody wrote."""
    places = [f"{one.filename.rpartition('/')[2]}:{one.lineno}" for one in traceback.extract_tb(failure.__traceback__)]
    return " ".join([type(failure).__name__, "at", *places])


class SettingsRefused(Refused):
    """A setting is missing or wrong."""


class DatabaseRefused(Refused):
    """This database is not for this command: another program's, a rehearsal's, or locked by a running bot."""


class DatabaseUnreachable(DatabaseRefused):
    """Nobody answers at the database's address just now. A command gives up; a bot waits."""
