"""What can go wrong with Telegram as a whole. What goes wrong with one message is a value (`outcomes.Outcome`)."""

from __future__ import annotations

from telegram.error import NetworkError, TelegramError


class TokenRefused(Exception):
    """Telegram does not know the bot's token. Never carries the token itself."""

    def __init__(self) -> None:
        super().__init__("Telegram refused the bot's token: check TELEGRAM_TOKEN (@BotFather shows it under /mybots).")


class NotSent(NetworkError):
    """The request never left this machine: it is safe to repeat it, whatever it was."""


class Flooded(TelegramError):
    """Telegram answered 429. In place of PTB's `RetryAfter`, whose number of seconds warns when it is read."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Telegram asks to wait {seconds:g} seconds")
        self.seconds = seconds


class ServerTrouble(NetworkError):
    """Telegram answered 5xx: it is up, and did not do it."""
