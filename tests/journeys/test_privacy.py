"""What people write is found nowhere in clear: not in the database's files, the log, the metrics, or what failed."""

from __future__ import annotations

import re
import urllib.request

import pytest

from storage import schema
from tests.journeys.stage import DONE, FATMATA, REAL_EXCHANGE, Journey, World

pytestmark = pytest.mark.journey

NAME, NOTE, WRONG, SPOILT = "Zanzibargh", "Quixotrable", "Flumpendorf", "Brimblewick"
PLANTED = (NAME, NOTE, WRONG, SPOILT)


def test_a_planted_word_is_found_in_no_file_log_or_metric(world: World) -> None:
    async def scene(journey: Journey) -> None:
        from bot import programmes

        await journey.started()
        invited = await programmes.invite(journey.database, "Midwives", ("Freetown",), None, 1, journey.moment())
        journey.room.add_phone(908, NAME, "en")
        journey.room.open_link(908, invited.links[1].token)
        await journey.taps(908, ("ask_consent", "I agree"))
        await journey.says(908, "What shall we call you?")
        await journey.says(908, f"Nice to meet you, {NAME}.", journey.write(908, NAME))

        before = journey.write(FATMATA, "/checkin")
        await journey.is_asked(FATMATA, "ask_contact", before)
        await journey.says(FATMATA, "Please tap a button", journey.write(FATMATA, WRONG))
        await journey.taps(FATMATA, *REAL_EXCHANGE)
        done = await journey.says(FATMATA, DONE, before)
        await journey.says(FATMATA, "Kept with this check-in.", max(done.id, journey.write(FATMATA, NOTE.lower())))
        await journey.settled()

        # a turn that fails with words in it: her name can not be opened any more, so every turn of hers breaks
        await _spoil(journey, 908)
        after = journey.write(908, f"{SPOILT} {SPOILT}")
        await journey.says(908, "Your answer is kept", after)
        await journey.settled()
        assert len(await journey.rows(schema.inbox_failed)) == 1
        assert journey.logged("arrival_set_aside")

        port = re.search(r"127\.0\.0\.1:(\d+)/healthz", "\n".join(journey.lines))
        assert port is not None
        with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/metrics", timeout=5) as answer:  # noqa: ASYNC210 - the bot is another process
            metrics = answer.read().decode()
        assert "twinbot_poll_age_seconds" in metrics
        everything = {"log": "\n".join(journey.lines), "metrics": metrics, "rows": await _everything(journey)}
        for path in journey.world.folder.glob("twinbot.db*"):
            everything[path.name] = path.read_bytes().decode("latin-1")
        if journey.world.kind == "sqlite":
            assert "twinbot.db-wal" in everything
        for place, content in everything.items():
            for word in PLANTED:
                assert word.lower() not in content.lower(), f"{word} stands in clear in the {place}"
        assert "test_" not in everything["log"], "no setting either"

    world.play(scene)


async def _everything(journey: Journey) -> str:
    """Every value of every table, as it is stored."""
    found: list[str] = []
    for table in schema.metadata.sorted_tables:
        for row in await journey.rows(table):
            found.extend(
                bytes(value).decode("latin-1") if isinstance(value, bytes) else str(value) for value in row.values()
            )
    return "\n".join(found)


async def _spoil(journey: Journey, chat: int) -> None:
    """Her sessions are exchanged for somebody else's, which open under no context but their own."""
    from sqlalchemy import select, update

    sessions = schema.sessions.c
    person, other = await journey.person(chat), await journey.person(FATMATA)
    async with journey.database.write() as tx:
        state = (await tx.execute(select(sessions.state).where(sessions.person_id == other).limit(1))).scalar_one()
        await tx.execute(update(schema.sessions).where(sessions.person_id == person).values(state=state))
