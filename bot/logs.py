"""Structured logs: an event name and ids. People's words never get here, since nobody hands them in."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog


def set_up(log_format: Literal["text", "json"]) -> None:
    """One line an event, on standard error. Tracebacks name files and lines only, never values."""
    renderer: structlog.types.Processor
    if log_format == "json":
        renderer = structlog.processors.JSONRenderer()
    else:
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    processors: list[structlog.types.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if log_format == "json":
        processors.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    # libraries that would quote addresses (with the token) or statements
    for name in ("httpx", "aiohttp.access", "apscheduler", "sqlalchemy", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
