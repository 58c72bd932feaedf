"""One run of the tests, by one process or by several workers at once: what they share, and who tidies up.

Rules kept here:

* A run has one folder. What is dear (the PostgreSQL server, the programme that everybody has joined) is made in it
  once, by the worker that needs it first; the others wait for it and find it there.
* The process that began the run ends it; a worker never takes away what others may still use.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RUN = "TWINBOT_TEST_RUN"
WORKERS_PER_CORE = 3
"""Journeys mostly wait, for a second between two messages of a chat: they compute about a fifth of their time."""


def begin() -> None:
    """Makes the folder of this run; workers that are started from here know it by their environment."""
    os.environ[RUN] = tempfile.mkdtemp(prefix="twinbot-tests-")


def end() -> None:
    shutil.rmtree(os.environ.pop(RUN), ignore_errors=True)


def folder() -> Path:
    return Path(os.environ[RUN])


@contextmanager
def once(name: str) -> Iterator[bool]:
    """Whether `name` is still to be made. Whoever asks first makes it, and the others wait meanwhile; what could not
    be made is tried again by the next."""
    made = folder() / f"{name}.made"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not made.exists()
        made.touch()


def workers() -> int:
    return WORKERS_PER_CORE * len(os.sched_getaffinity(0))
