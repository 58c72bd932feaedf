"""What a facilitator sends into the chat: fetched from Telegram, judged, published; each step told to her.

Rules kept here:

* What is to be done stands in the table (`storage/drafts`); a process that dies in the middle leaves it there.
* A file is fetched outside of any transaction, and so is it judged; what came of it is written with the telling.
* Files that were sent together are judged together. One problem keeps all of them from being published.
* A file of nobody's is never opened by its name: it is bytes until it is text or a spreadsheet.
* What is neither published nor thrown away is forgotten after a week.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from bot import publishing
from bot.errors import Refused
from bot.library import read_library
from bot.speech.languages import packaged_languages
from bot.tailoring.own_files import Brought, brought
from bot.telegram.fetching import fetch
from bot.versions import stored
from flows.advice import Advice
from flows.drafts import MOST_BYTES
from flows.errors import Problem
from flows.events import Event
from flows.events.shell import DraftEmpty, DraftJudged, DraftProblems, DraftRefused, FlowsKept
from flows.people import PersonId
from storage import drafts, flow_versions, inbox, people, programmes
from storage.errors import Trouble, kind_of

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.overlays import Overlays
    from bot.telegram.transport import TelegramBot
    from storage.database import Database, Transaction
    from storage.drafts import Draft
    from storage.programmes import Programme

LOOK: Final = 5.0
"""Seconds until another process's drafts are looked for; what this one was sent wakes it at once."""
KEPT_FOR: Final = timedelta(days=7)
"""As long as the question stands what is to be done with it."""
NAMED: Final = 6
"""Texts that a line names; the first show what it is about."""
LINES: Final = 25
CHARACTERS: Final = 2_400
LINE_CHARACTERS: Final = 400
"""What fits into one message beside what is said around it, and can still be read on a phone."""


class Drafting:
    """`on_told` is called when somebody's inbox got something."""

    def __init__(
        self,
        database: Database,
        bot: TelegramBot,
        overlays: Overlays,
        clock: Clock,
        on_told: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._bot = bot
        self._overlays = overlays
        self._clock = clock
        self._on_told = on_told
        self._advice = Advice(overlays.catalogue.phrases)
        self._woken = asyncio.Event()
        self._stopping = False
        self.busy = True

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._stopping = True
        self._woken.set()

    @property
    def at_rest(self) -> bool:
        return not self.busy and not self._woken.is_set()

    async def run(self) -> None:
        """Until `stop`."""
        while not self._stopping:
            self._woken.clear()
            self.busy = True
            try:
                await self.look()
            except Exception as failure:  # the database is away, which others say
                if kind_of(failure) is Trouble.DATA:
                    raise
            self.busy = False
            woken = asyncio.create_task(self._woken.wait())
            pause = asyncio.create_task(self._clock.sleep(LOOK))
            await asyncio.wait({woken, pause}, return_when=asyncio.FIRST_COMPLETED)
            woken.cancel()
            pause.cancel()

    async def look(self) -> None:
        """Do what is to be done. Raises what the database raises."""
        async with self._database.read() as tx:
            waiting = await drafts.waiting(tx)
        for person in waiting:
            await self._carry_out(person)

    async def _carry_out(self, person: PersonId) -> None:
        async with self._database.write() as tx:
            await drafts.purge(tx, self._clock.now() - KEPT_FOR)
        async with self._database.read() as tx:
            rows = await drafts.of_person(tx, self._database.vault, person)
            programme = await self._programme_of(tx, person)
        if programme is None:
            return
        for row in rows:
            if row.state == drafts.BACK:
                await self._take_back(person, programme, row)
        fetched = [row for row in rows if row.state == drafts.SENT]
        for row in fetched:
            found = await self._fetch(row)
            async with self._database.write() as tx:
                if isinstance(found, Brought):
                    body = {**_written(found), "name": row.body["name"]}
                    await drafts.note_read(tx, self._database.vault, person, row.message, body)
                else:
                    await drafts.drop_one(tx, person, row.message)
                    await self._tell(tx, {person: found})
        async with self._database.read() as tx:
            rows = await drafts.of_person(tx, self._database.vault, person)
        wanted = [row for row in rows if row.state == drafts.PUBLISH]
        if wanted:
            await self._publish(person, programme, _together(wanted))
        fresh = {one.message for one in fetched}
        if fresh & {row.message for row in rows}:
            # what came after she said so was not meant
            await self._judge(person, programme, _together([row for row in rows if row.state == drafts.READ]))

    async def _programme_of(self, tx: Transaction, person: PersonId) -> Programme | None:
        known = (await people.programmes_of(tx, [person])).get(person)
        return None if known is None else (await programmes.load(tx, [known]))[known]

    async def _tell(self, tx: Transaction, events: Mapping[PersonId, Event]) -> None:
        told = [inbox.Told(person, event) for person, event in events.items()]
        await inbox.tell(tx, self._database.vault, told, self._clock.now())
        self._on_told()

    # -- fetching ------------------------------------------------------------------------------------------------------

    async def _fetch(self, row: Draft) -> Brought | DraftRefused:
        """What is in the file, or why not."""
        data = await fetch(self._bot, str(row.body["file"]), MOST_BYTES, self._clock)
        if data is None:
            return DraftRefused()
        name, catalogue = str(row.body["name"]), self._overlays.catalogue
        try:
            return await asyncio.to_thread(brought, name, data, read_library(), catalogue, packaged_languages())
        except Refused as refusal:
            return DraftRefused(json.dumps(self._advice.kept(str(refusal))))

    # -- judging and publishing ------------------------------------------------------------------------------------

    async def _judge(self, person: PersonId, programme: Programme, together: Brought) -> None:
        now = self._clock.now()
        if together.is_nothing:
            async with self._database.write() as tx:
                await drafts.drop(tx, [person])
                await self._tell(tx, {person: DraftEmpty()})
            return
        found = await publishing.publish(
            self._database, programme, together, now, check=True, base=self._overlays.catalogue
        )
        async with self._database.write() as tx:
            if found.problems:
                await self._tell(tx, {person: _problems(found.problems, self._advice)})
                return
            flows = [found.overlay.catalogue.flows[name] for name in found.flows]
            await flow_versions.store(tx, [stored(flow) for flow in flows], now)
            self._overlays.catalogue.versions.update({flow.version: flow for flow in flows})
            named = " ".join(f"{flow.id}{'+' if flow.definition.title else ''}={flow.version}" for flow in flows)
            await self._tell(
                tx, {person: DraftJudged(", ".join(together.names), named, found.inside, _still(found.still))}
            )

    async def _publish(self, person: PersonId, programme: Programme, together: Brought) -> None:
        async def published(tx: Transaction) -> None:
            await drafts.drop_published(tx, person)

        found = await publishing.publish(
            self._database,
            programme,
            together,
            self._clock.now(),
            actor=person,
            base=self._overlays.catalogue,
            also=published,
        )
        if found.problems:
            async with self._database.write() as tx:
                await drafts.not_published(tx, person)
                await self._tell(tx, {person: _problems(found.problems, self._advice)})
        self._on_told()

    async def _take_back(self, person: PersonId, programme: Programme, row: Draft) -> None:
        async def taken(tx: Transaction) -> None:
            await drafts.drop_one(tx, person, row.message)

        now, base = self._clock.now(), self._overlays.catalogue
        try:
            found = await publishing.take_back(
                self._database, programme, row.names, now, actor=person, base=base, also=taken
            )
        except Refused:  # somebody else has taken it back meanwhile, which she was told
            async with self._database.write() as tx:
                await taken(tx)
            return
        if found.problems:
            async with self._database.write() as tx:
                await taken(tx)
                await self._tell(tx, {person: FlowsKept(_problems(found.problems, self._advice).problems)})
        self._on_told()


def _together(rows: Sequence[Draft]) -> Brought:
    """What is in them; of files of one name only the last counts."""
    latest = {str(row.body.get("name", row.message)).casefold(): row for row in rows}
    found = Brought()
    for row in sorted(latest.values(), key=lambda one: one.message):
        found = found.together(_read(row.body))
    return found


def _problems(found: Sequence[Problem], advice: Advice) -> DraftProblems:
    """As many as fit."""
    fitting = list(accumulate(min(len(f"{one.where}{one.advice}"), LINE_CHARACTERS) for one in found[:LINES]))
    count = sum(characters <= CHARACTERS for characters in fitting)
    kept = [advice.kept_of(one) for one in found[:count]]
    return DraftProblems(json.dumps(kept, ensure_ascii=False), len(found) - count)


def _still(left: Mapping[str, Sequence[str]]) -> str:
    """The texts that were left beside other English, a line a language; nothing when there are none."""
    known = packaged_languages().by_code
    lines: list[object] = []
    for language, ids in left.items():
        texts = ", ".join(ids[:NAMED]) + (" …" if len(ids) > NAMED else "")
        lines.append(["drafts.still_in", {"language": known[language].name, "texts": texts}])
    return json.dumps(lines, ensure_ascii=False) if lines else ""


def _written(found: Brought) -> dict[str, object]:
    return {
        "files": dict(found.files),
        "texts": {id_: dict(words) for id_, words in found.texts.items()},
        "pages": {
            page: [[one.where, one.rule, one.advice] for one in problems] for page, problems in found.pages.items()
        },
        "cells": [[list(place), cell] for place, cell in found.cells.items()],
        "still": {language: list(ids) for language, ids in found.still.items()},
    }


def _read(body: Mapping[str, Any]) -> Brought:
    """A file that was fetched; nothing of one that is still to be."""
    return Brought(
        body.get("files", {}),
        body.get("texts", {}),
        {page: tuple(Problem(*one) for one in problems) for page, problems in body.get("pages", {}).items()},
        {tuple(place): cell for place, cell in body.get("cells", ())},
        {language: tuple(ids) for language, ids in body.get("still", {}).items()},
    )
