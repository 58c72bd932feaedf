"""Two years of a programme, played by seven people and a newcomer against the real bot: what was and was not sent.

Rules kept here:

* Played once for all these tests; what is looked at is what stood on the phones, and what the bot keeps at the end.
* Nothing depends on one flow: what is a prompt is read off the agenda, so flows may come and go.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import performing, rehearsing
from bot.callback_data import parse_data
from bot.invariants import find_stuck
from bot.library import packaged_catalogue
from bot.rehearsal.phones import PhoneMessage
from bot.rehearsal.plays.acting import step_of
from bot.rehearsal.plays.midwives import (
    AMINATA,
    ANNEKE,
    FATMATA,
    HANDOVER,
    ISATU,
    JOKE,
    KHADIJA,
    MARIEKE,
    MIDWIVES,
    MONTH,
    PARTING,
    QUIET,
    WILLEMIJN,
)  # fmt: skip
from bot.rehearsal.plays.performance import DAY, Act, Performed
from flows.catalogue import Catalogue
from flows.rules.cadence import QuietHours, quiet_until
from flows.unbidden import CAUSED
from storage.invariants import Stuck
from tests.journeys.forking import nursery

MONTHS = 24
OWN = 5 * 60.0
"""Seconds after something of her own in which what she is told is an answer."""
LONGEST = 4096
TWINS = (FATMATA, ANNEKE, KHADIJA, JOKE, WILLEMIJN)
ACTORS = {actor.chat: actor for actor in MIDWIVES.actors}

pytestmark = pytest.mark.timeout(1_800)


@dataclass(frozen=True)
class Played:
    """What a play has left on the phones, in the room and in the database."""

    done: Performed
    refused: list[dict[str, Any]]
    unanswered: int
    stuck: list[Stuck]
    lines: list[str]
    page: str
    figures: performing.Figures

    def day(self, day: float) -> float:
        return self.done.began + day * DAY

    def acts(self, chat: int, words: str = "") -> list[Act]:
        return [act for act in self.done.acts if act.chat == chat and words in act.words]

    def told(self, chat: int) -> list[PhoneMessage]:
        """What the bot said there by itself: not within minutes of something of her own."""
        own = [act.at for act in self.done.acts if act.chat == chat]
        return [one for one in self.done.bot_messages(chat) if not any(0 <= one.at - at <= OWN for at in own)]

    def prompts(self, chat: int, steps: frozenset[str]) -> list[PhoneMessage]:
        """Each once: what is asked again, when something else has ended or as a reminder, is of the same session."""
        first: dict[int, PhoneMessage] = {}
        for one in self.told(chat):
            if step_of(one) in steps:
                first.setdefault(_session_of(one), one)
        return list(first.values())


def _session_of(shown: PhoneMessage) -> int:
    found = (parse_data(button.data or "") for row in shown.buttons for button in row)
    return next(one[0] for one in found if one is not None)


async def _play(folder: Path) -> Played:
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TZ", "TMPDIR")}
    environment |= {"HOME": str(folder), "PYTHONPATH": str(Path(__file__).parents[2])}
    with rehearsing.prepared(folder, fresh=True) as rehearsal:
        async with performing.staged(rehearsal, environment=environment, spawn=nursery.spawn) as stage:
            done = await performing.perform(stage, MIDWIVES, MONTHS, seed=1)
            figures = await stage.figures()
            async with stage.database.read() as tx:
                stuck = await find_stuck(tx, packaged_catalogue())
            room = stage.room.room
            return Played(
                done,
                [entry for entry in room.refused if entry["why"] not in ("other_poller", "query_too_old")],
                sum(not query.answered for query in room.queries.values()),
                stuck,
                stage.lines,
                performing.page(stage, done, figures),
                figures,
            )


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    home = os.environ.get("HOME", "")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("HOME", folder)
        made = asyncio.run(_play(Path(folder)))
    assert os.environ.get("HOME", "") == home
    yield made


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return packaged_catalogue()


CHECK_IN = frozenset({"ask_contact"})


@pytest.fixture(scope="module")
def beside(catalogue: Catalogue) -> frozenset[str]:
    """The first questions of all that the agenda asks or offers; what only says something asks nothing, and what a twin
    asks the other one comes when she does."""
    flows = ["offer", *(item.flow for item in catalogue.agenda if item.direct and item.flow not in CAUSED)]
    questions = ([step.id for step in catalogue.flows[one].definition.steps if step.save is not None] for one in flows)
    return frozenset(asked[0] for asked in questions if asked)


def _local(at: float, chat: int) -> datetime:
    return datetime.fromtimestamp(at, ZoneInfo(ACTORS[chat].zone))


def test_everything_in_the_story_happened(played: Played) -> None:
    assert played.done.acts[-1].at > played.day(MONTHS * 30 - 14)
    warm = [act for act in played.acts(ANNEKE) if act.tapped and act.words == "Echte uitwisseling"]
    assert len(warm) > MONTHS, "one pair flourishes"
    absent = [act for act in played.acts(KHADIJA) if played.day(QUIET[0]) <= act.at < played.day(QUIET[1])]
    assert not absent, "she is quiet"
    helped = [one for one in played.told(KHADIJA) if played.day(QUIET[0]) < one.at < played.day(QUIET[1])]
    assert helped, "and is not forgotten"
    assert played.acts(AMINATA, "/pair"), "the new coordinator pairs"
    came = [one for one in played.done.bot_messages(WILLEMIJN) if ACTORS[KHADIJA].name in one.text]
    assert came, "whoever comes instead has a twin"


def test_nobody_is_asked_anything_at_night(played: Played, beside: frozenset[str]) -> None:
    """What others tell may come then, without a sound."""
    for chat in TWINS:
        quiet = QuietHours.default(ACTORS[chat].zone)
        at_night = [
            (one.text[:60], str(_local(one.at, chat)))
            for one in played.prompts(chat, beside | CHECK_IN)
            if quiet_until(quiet, datetime.fromtimestamp(one.at, UTC)) is not None
        ]
        assert at_night == []


def test_nobody_is_asked_twice_on_one_day(played: Played, beside: frozenset[str]) -> None:
    for chat in TWINS:
        days = Counter(_local(one.at, chat).date() for one in played.prompts(chat, beside | CHECK_IN))
        assert {day: count for day, count in days.items() if count > 1} == {}, ACTORS[chat].name


def test_one_thing_a_week_is_asked_beside_the_check_in(played: Played, beside: frozenset[str]) -> None:
    for chat in TWINS:
        for steps in (beside, CHECK_IN):
            weeks = Counter(f"{_local(one.at, chat):%G-W%V}" for one in played.prompts(chat, steps))
            assert {week: count for week, count in weeks.items() if count > 1} == {}, ACTORS[chat].name
    asked = [one for chat in TWINS for one in played.prompts(chat, beside)]
    assert len(asked) >= len(TWINS), "something is asked beside the check-in"


def test_nothing_is_said_twice(played: Played) -> None:
    for chat in ACTORS:
        doubled = [
            one.text[:60]
            for one, next_one in pairwise(played.told(chat))
            if one.text == next_one.text and next_one.at - one.at < 3600
        ]
        assert doubled == []


def test_whoever_has_left_hears_nothing_more(played: Played) -> None:
    for chat, day in ((ISATU, HANDOVER + 7), (JOKE, PARTING)):
        left = max(act.at for act in played.acts(chat))
        assert left < played.day(day + 2)
        assert [one.text for one in played.done.bot_messages(chat) if one.at > left + OWN] == []


def test_nobody_is_asked_in_a_pause_or_after_a_stop(played: Played, beside: frozenset[str]) -> None:
    paused = played.acts(ANNEKE, "/pause")[0].at
    stopped, resumed = (played.acts(KHADIJA, words)[0].at for words in ("/stop", "/resume"))
    for chat, begin, end in ((ANNEKE, paused, paused + 14 * DAY - 3600), (KHADIJA, stopped, resumed)):
        asked = [one.text for one in played.prompts(chat, beside | CHECK_IN) if begin + OWN < one.at < end]
        assert asked == []
    assert [one for one in played.prompts(ANNEKE, CHECK_IN) if one.at > paused + 14 * DAY], "it begins again"
    assert [one for one in played.told(KHADIJA) if stopped + OWN < one.at < resumed] == []


def test_every_wait_has_ended(played: Played) -> None:
    assert played.stuck == []
    assert [line for line in played.lines if "[error" in line or "[critical" in line or " stuck" in line] == []


def test_both_coordinators_read_the_same_digests(played: Played) -> None:
    """Figures are the same in both languages, unless somebody answered late in the hour between the two."""
    begin, end = played.day(14), played.day(HANDOVER)
    isatu, marieke = (
        {
            f"{_local(one.at, chat):%G-W%V}": "".join(filter(str.isdigit, one.text))
            for one in played.told(chat)
            if begin < one.at < end and one.text.startswith(f"{MIDWIVES.programme}, ")
        }
        for chat in (ISATU, MARIEKE)
    )
    assert isatu.keys() == marieke.keys()
    assert len(isatu) > HANDOVER / 7 / 2
    assert sum(isatu[week] == marieke[week] for week in isatu) >= 0.8 * len(isatu)


def test_every_message_fits_and_every_tap_is_answered(played: Played) -> None:
    every = [one for chat in ACTORS for one in played.done.bot_messages(chat)]
    assert max(len(one.text) for one in every) <= LONGEST
    assert played.refused == []
    assert played.unanswered == 0


def test_private_words_stay_where_they_were_written(played: Played) -> None:
    for chat in TWINS:
        word = ACTORS[chat].manner.word
        assert len(played.acts(chat, word)) > 1, f"{ACTORS[chat].name} never wrote her word"
        elsewhere = [
            (other, one.text[:60])
            for other, kept in played.done.shown.items()
            for one in kept.values()
            if other != chat and (word in one.text or any(word in b.text for row in one.buttons for b in row))
        ]
        assert elsewhere == []
        assert not any(word in line for line in played.lines)


def test_the_chronicle_tells_it_by_week_and_asks_nothing_of_anybody(played: Played) -> None:
    page = played.page
    for month in range(1, int(MONTHS)):
        then = datetime.fromtimestamp(played.day(month * MONTH), UTC)
        assert f'href="#m{then:%Y-%m}"' in page
        assert f'id="m{then:%Y-%m}"' in page
    assert "phase planning" in page and "was asked and did not answer" in page
    assert 'dir="rtl"' in page and "prefers-color-scheme: dark" in page
    assert "<script" not in page and "src=" not in page and "@import" not in page
    assert timedelta(seconds=played.done.took) < timedelta(minutes=25)
