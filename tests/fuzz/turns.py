"""Updates as Telegram may deliver or somebody may forge them, through the parser into whole turns on a real file.

Promises looked at, after each draw:

* No error escapes, and nothing has to be set aside: a turn that fails is a defect of ours.
* Everything acknowledged has its key on disk; nothing waits when the bot is at rest; nobody is stuck.
* The same once more changes no row.
* No message holds a character that the edge strips.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase
from sqlalchemy import select

from bot.flood import AT_ONCE
from bot.invariants import find_stuck
from bot.places import use_newest_zone_data
from bot.telegram.inbound import arrival, cleaned
from storage import inbox, schema
from storage.database import Database
from storage.messages import message_from_text
from storage.migrations import migrate
from tests.databases import test_vault
from tests.turns import CHATS, library, populate, told, turns_on

STRANGER: Final = 777
EVERYBODY: Final = (*CHATS, 504, 505, STRANGER)
TEXTS: Final = (
    "1", "2", "3", "1 3 2 5", "4 1 2", "0", "١ ٣ ٢ ٥", "①②", "maybe", "a line of words", "then Isatu came on 3/4/2026",
    "<b>bold</b> &amp; *star* _under_ [x](tg://user?id=1)", "\u202egnorw\u202c \u2066x", "1\u200b3\u200d2", "a\x00b",
    "\ud83d", "Z" + "\u0301" * 300, "🇸🇱", "Sierra Leone", "14:05", "x" * 4096, "ي" * 5_000, "{person} {twin}",
    "%s %(x)s", "/", "\n\n", "https://t.me/twin_bot?start=aB-_9",
)  # fmt: skip
Update = dict[str, Any]


@cache
def commands() -> tuple[str, ...]:
    from bot.commands import COMMANDS

    return (*sorted(COMMANDS), "nothing", "start aB-_9", "start " + "x" * 200, "gave <i>x</i>", "contact \u202ex")


@cache
def steps() -> tuple[str, ...]:
    catalogue, _ = library()
    return (
        *sorted({step.id for flow in catalogue.flows.values() for step in flow.definition.steps}),
        "guard",
        "nowhere",
    )


def _of(chat: int, what: Mapping[str, Any]) -> Update:
    return {
        "chat": {"id": chat, "type": "private"},
        "from": {"id": chat, "is_bot": False, "language_code": "nl"},
        **what,
    }


@st.composite
def updates(draw: st.DrawFn) -> list[Update]:
    """Up to thirty, sound ones and others, in any order, some of them twice, one of them perhaps very often."""
    texts = st.sampled_from(TEXTS) | st.sampled_from(commands()).map("/{}".format) | st.text(max_size=30)
    one = st.one_of(
        st.builds(lambda said, n: ("message", {"message_id": n, "text": said}), texts, st.integers(1, 40)),
        st.builds(lambda said, n: ("edited_message", {"message_id": n, "text": said}), texts, st.integers(1, 40)),
        st.builds(
            lambda session, step, choice: ("callback_query", {"id": "7", "data": f"{session}.{step}.{choice}"}),
            st.integers(1, 9), st.sampled_from(steps()), st.integers(0, 12),
        ),
        st.builds(lambda data: ("callback_query", {"id": "7", "data": data}), st.text(max_size=80)),
        st.sampled_from(["kicked", "member", "left"]).map(
            lambda how: ("my_chat_member", {"new_chat_member": {"status": how}})
        ),
        st.just(("message", {"message_id": 9, "voice": {"file_id": "AwAC_-9", "duration": 7}})),
        st.just(("message", {"message_id": 9, "photo": []})),
    )  # fmt: skip
    drawn = draw(st.lists(st.tuples(st.sampled_from(EVERYBODY), one), min_size=1, max_size=30))
    drawn += drawn[:1] * draw(st.sampled_from([0] * 9 + [2 * AT_ONCE]))  # now and then somebody floods the bot
    made: list[Update] = []
    for number, (chat, (kind, what)) in enumerate(drawn, start=1):
        body = _of(chat, what)
        if kind == "callback_query":
            body["message"] = {"message_id": 3, "chat": body.pop("chat")}
        made.append({"update_id": number, kind: body})
    return made + [made[again] for again in draw(st.lists(st.integers(0, len(made) - 1), max_size=3))]


def check(delivered: Sequence[Update], size: int) -> None:
    """Feeds `delivered` in batches of `size`, twice, and looks at every promise."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "twinbot.db"
        path.write_bytes(_template().read_bytes())
        asyncio.run(_check(f"sqlite:///{path}", delivered, size))


async def _check(url: str, delivered: Sequence[Update], size: int) -> None:
    database = await Database.open(url, test_vault())
    try:
        turns = turns_on(database, log=_Silent())
        arrivals = [found for one in delivered if (found := arrival(json.loads(json.dumps(one)))) is not None]
        for begin in range(0, len(arrivals), size):
            await turns.carry_out(arrivals[begin : begin + size])
        await told(database, turns)
        async with database.read() as tx:
            keys = {one.key for one in arrivals if one.key is not None}
            assert await inbox.known(tx, keys) == keys
            assert await inbox.count_pending(tx) == 0
            assert [row.error for row in await tx.execute(select(schema.inbox_failed.c.error))] == []
            assert await find_stuck(tx, turns.overlays.catalogue) == []
            for row in await tx.execute(select(schema.outbox).where(schema.outbox.c.body.is_not(None))):
                sealed = database.vault.open_text("outbox.body", f"{row.chat_id}/{row.key or ''}", row.body)
                words = getattr(message_from_text(sealed), "text", None) or ""
                assert all(cleaned(sign) or sign in "\u2068\u2069\u2066\u2067" for sign in words)
        before = await _rows(database)
        await turns.carry_out(arrivals)
        await told(database, turns)
        after = await _rows(database)
        assert before == after, [name for name in before if before[name] != after[name]]
    finally:
        await database.close()


async def _rows(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    async with database.read() as tx:
        return {
            table.name: sorted(map(tuple, await tx.execute(select(table))), key=repr)
            for table in schema.metadata.sorted_tables
        }


class _Silent:
    """A log that nobody reads."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


@cache
def _template() -> Path:
    """A file in which everybody but the stranger takes part, to be copied."""
    use_newest_zone_data()
    path = Path(tempfile.mkdtemp(prefix="twinbot-fuzz-")) / "populated.db"

    async def make() -> None:
        database = await Database.open(f"sqlite:///{path}", test_vault())
        await migrate(database)
        await populate(database)
        await told(database, turns_on(database, log=_Silent()))
        await database.close()

    asyncio.run(make())
    return path


def fuzz(seconds: float, build: Path) -> tuple[int, float, str | None]:
    """Draws until `seconds` are over: how many, how long, and where what was found is written."""
    runs, began = 0, time.monotonic()
    examples = DirectoryBasedExampleDatabase(build / "examples")
    build.mkdir(parents=True, exist_ok=True)
    while time.monotonic() - began < seconds:

        @seeded(int(datetime.now().timestamp() * 1000))  # noqa: DTZ005 - any number that is another each time
        @settings(
            max_examples=50, deadline=None, database=examples, suppress_health_check=list(HealthCheck),
            phases=[Phase.reuse, Phase.generate, Phase.shrink], print_blob=True,
        )  # fmt: skip
        @given(updates(), st.sampled_from([1, 3, 100]))
        def draw(delivered: list[Update], size: int) -> None:
            nonlocal runs
            runs += 1
            (build / "turns.json").write_text(json.dumps({"size": size, "updates": delivered}, indent=1))
            check(delivered, size)

        try:
            draw()
        except Exception:
            shutil.copy(build / "turns.json", build / "turns-found.json")
            (build / "turns.txt").write_text(traceback.format_exc())
            return runs, time.monotonic() - began, f"FOUND SOMETHING, see {build}/turns.txt and turns-found.json"
    return runs, time.monotonic() - began, None
