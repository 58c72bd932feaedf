"""Structured logs: an event name and ids. People's words never get here, since nobody hands them in."""

from __future__ import annotations

import logging
import sys
from types import TracebackType
from typing import Any, Literal

import structlog

from bot.errors import without_words


def set_up(log_format: Literal["text", "json"]) -> None:
    """One line an event, on standard error. An exception is shown as its class and its places, never with its text."""
    renderer: structlog.types.Processor
    if log_format == "json":
        renderer = structlog.processors.JSONRenderer()
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_show_places),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_PlacesOnly("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    # libraries that would quote addresses (with the token) or statements
    for name in ("httpx", "aiohttp.access", "apscheduler", "sqlalchemy", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _show_places(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    return without_words(exc_info[1])


class _PlacesOnly(logging.Formatter):
    """For what libraries log: their messages, and of their exceptions the places."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        if record.name == "asyncio":  # its further lines show tasks and futures, with the text of what failed in them
            record.message = record.message.partition("\n")[0]
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        return "" if ei[1] is None else _show_places(ei)
