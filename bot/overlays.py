"""The library as each programme has it, in memory, and how a publication is noticed.

Rules kept here:

* A programme without files of its own has the packaged library itself. Of the others only what differs is new.
* Whoever publishes sets a new mark. A batch that reads another mark than this process has seen is begun anew with the
  files of all programmes loaded (`OverlaysMoved`): no restart, and no message between processes.
* What stops fitting stops the start, with every problem. While a bot runs, what it has goes on, and the log says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import Refused
from bot.library import NUMBERS
from bot.versions import stored
from flows.asking import WORDS
from flows.errors import LibraryBroken, Problem
from flows.overlay import OWN_FILES, Overlay, lay
from flows.thresholds import THRESHOLDS
from storage import flow_versions, overlays

if TYPE_CHECKING:
    from bot.speech import Speech
    from flows.catalogue import Catalogue
    from flows.people import ProgrammeId
    from storage.database import Database


class OverlaysMoved(Exception):
    """Something was published since this process looked."""


@dataclass(frozen=True)
class Content:
    """What one programme's people are asked, and how it is said."""

    overlay: Overlay
    speech: Speech

    @property
    def catalogue(self) -> Catalogue:
        return self.overlay.catalogue

    @property
    def facts(self) -> dict[str, object]:
        """What its flows may know beside the facts of a person."""
        own = tuple(sorted(self.overlay.files))
        return {THRESHOLDS: self.overlay.thresholds, OWN_FILES: own, WORDS: self.catalogue.words}


@dataclass
class Overlays:
    """Not bound to an event loop. `seen` is the mark up to which it is true."""

    catalogue: Catalogue
    speech: Speech
    seen: str | None = None
    _files: dict[ProgrammeId, Mapping[str, str]] = field(default_factory=dict)
    _of: dict[ProgrammeId, Content] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.packaged = Content(Overlay(self.catalogue), self.speech)

    def of(self, programme: ProgrammeId) -> Content:
        """What holds in `programme`."""
        return self._of.get(programme, self.packaged)

    async def look(self, database: Database, now: datetime, log: Any = None) -> Mapping[ProgrammeId, list[Problem]]:
        """Load what was published and store its versions. Gives, and logs, what does not fit any more: of such a
        programme what it had before goes on."""
        async with database.read() as tx:
            seen = await overlays.mark(tx)  # before the files: what is published meanwhile is a mark more
            if seen == self.seen:
                return {}
            files = await overlays.load(tx)
        changed = {one: own for one, own in files.items() if self._files.get(one) != own}
        laid, broken = await asyncio.to_thread(self._lay, changed)
        fresh = {flow.version: flow for one in laid.values() for flow in one.catalogue.flows.values()}
        new = [stored(flow) for version, flow in fresh.items() if version not in self._packaged_versions]
        async with database.write() as tx:
            await flow_versions.store(tx, new, now)
        self._of = {one: laid[one] if one in laid else self._of[one] for one in files if one in laid or one in self._of}
        self._files = {**files}
        self.seen = seen
        for programme, problems in broken.items():
            (log or structlog.get_logger(__name__)).error("overlay_unfit", programme=programme, count=len(problems))
        return broken

    @property
    def _packaged_versions(self) -> set[str]:
        return {flow.version for flow in self.catalogue.flows.values()}

    def _lay(
        self, files: Mapping[ProgrammeId, Mapping[str, str]]
    ) -> tuple[dict[ProgrammeId, Content], dict[ProgrammeId, list[Problem]]]:
        laid: dict[ProgrammeId, Content] = {}
        broken: dict[ProgrammeId, list[Problem]] = {}
        for programme, own in files.items():
            try:
                overlay = lay(self.catalogue, {name: text for name, text in own.items() if name != NUMBERS})
            except LibraryBroken as found:
                broken[programme] = list(found.problems)
            else:
                laid[programme] = Content(overlay, self.speech.of(overlay.catalogue))
        return laid, broken

    async def begin(self, database: Database, now: datetime) -> None:
        """At the start: raises `Refused` with everything that does not fit this library any more."""
        if broken := await self.look(database, now):
            lines = [f"programme {one}, {problem}" for one, problems in broken.items() for problem in problems]
            raise Refused(
                "What a programme has of its own does not fit this version of Twinbot:\n"
                + "\n".join(lines)
                + "\nPublish the files mended, or take them back with `twinbot flows unpublish`."
            )
