"""`twinbot doctor`: what an operator would look at first, each finding with what to do about it.

Rules kept here:

* It looks, and changes nothing, unless it was asked to feed again what was set aside: not even an empty database is
  made. What is fed again goes the one way in, here and now, one arrival at a time.
* Telegram is asked too, and its clock is what ours is held against: on SQLite this machine's, on PostgreSQL the
  server's, by which all processes go.
* It says counts and ids, never what people wrote.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.clock import SystemClock
from bot.content import loaded
from bot.errors import Refused
from bot.failures import to_arrival
from bot.gate import advice
from bot.invariants import find_stuck
from bot.opening import erasures_of, open_database
from bot.places import use_newest_zone_data, world_facts
from bot.resealing import lying
from bot.settings import Settings, read_settings
from bot.speech import Speech
from bot.telegram import outcomes
from bot.telegram.ear import in_the_way, told
from bot.telegram.outage import ADVICE
from bot.telegram.standing import Standing, not_called, standing
from bot.turns import Turns
from bot.versions import load_versions
from bot.watch import DEAF_LONG, LEAST_FREE, heard_at
from storage import backups, holds, inbox, meta, outbox, programmes, retention, sessions, timers
from storage.database import Database
from storage.errors import StorageError

if TYPE_CHECKING:
    from flows.catalogue import Catalogue
    from flows.errors import Problem

WRONG: Final = 60.0
"""Seconds by which a clock may differ: less than that nobody notices, and an answer on a bad line takes some."""
NO_TIME: Final = timedelta()
LATE: Final = 300.0
"""Seconds after which a timer that is still there says that nobody ticks."""
FAILED_PAGE: Final = 100
HOUR: Final = timedelta(hours=1)
WIPED_WITHIN: Final = timedelta(hours=2)
"""What is kept no longer goes once an hour; twice that says that nobody looks."""
IS_IT_RUNNING: Final = "is `twinbot start` (or `worker`) running?"
OLD: Final = timedelta(days=2)
"""An age of the newest copy of the database that says that none was made when it was due."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `finding` is a sentence; where it is not well it says what to do."""

    what: str
    well: bool
    finding: str


async def examine(*, retry_failed: bool = False) -> list[Finding]:
    """Everything that can be looked at from here, in the order in which it matters."""
    try:
        settings = read_settings()
    except Refused as refused:
        return [Finding("settings", False, str(refused))]
    catalogue, problems = loaded()
    known = await _asked(settings)
    findings = [_token(settings, known), _zone_data(), _library(catalogue, problems), _disk(settings)]
    findings.append(_deletions(settings))
    if settings.is_sqlite:
        findings.append(_clock(known, "this machine's"))
    if not _has_database(settings):
        return [*findings, Finding("database", False, "there is none yet: `twinbot start` makes it.")]
    try:
        database = await open_database(settings)
    except (Refused, StorageError) as refused:
        return [*findings, Finding("database", False, str(refused))]
    try:
        findings.append(Finding("database", True, f"is up to date and can be read with the keys ({database.dialect})"))
        if retry_failed and catalogue is not None:
            findings.append(await _retry(database, catalogue, settings))
        findings += [_backups(settings), await _keys(database)]
        if not settings.is_sqlite:
            findings.append(_clock(known, "the database server's", await _apart(database)))
        if settings.public_url is not None:
            findings.append(await _webhook(database, known, settings.public_url))
        findings += await _contents(database, catalogue)
    finally:
        await database.close()
    return findings


def _has_database(settings: Settings) -> bool:
    return not settings.is_sqlite or settings.sqlite_file.exists()


async def _asked(settings: Settings) -> Standing | str | None:
    if settings.telegram_token is None:
        return None
    token = settings.telegram_token.get_secret_value()
    return await standing(token, settings.telegram_api_url, lambda: datetime.now(UTC))


def _token(settings: Settings, known: Standing | str | None) -> Finding:
    match known:
        case None:
            return Finding("token", False, "TELEGRAM_TOKEN is not set: put the token from BotFather into .env.")
        case Standing():
            way = "webhook" if settings.public_url else "long polling"
            return Finding("token", True, f"is that of https://t.me/{known.name}; updates come by {way}")
        case outcomes.TOKEN_REFUSED:
            return Finding("token", False, "Telegram refuses it: copy it again from BotFather, or make a new one.")
        case why:
            return Finding("token", False, f"could not be tried ({why}). {ADVICE}")


def _clock(known: Standing | str | None, whose: str, more: timedelta = NO_TIME) -> Finding:
    """`more` is by how much that clock is before this machine's."""
    if not isinstance(known, Standing) or known.ahead is None:
        return Finding("clock", True, f"{whose} could not be held against Telegram's")
    ahead = (known.ahead + more).total_seconds()
    if abs(ahead) <= WRONG:
        return Finding("clock", True, f"{whose} is right, by Telegram's")
    said = f"{whose} is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} Telegram's"
    return Finding("clock", False, f"{said}, so people are asked at wrong hours: let it be set by the network (NTP).")


async def _apart(database: Database) -> timedelta:
    async with database.read() as tx:
        return await meta.now(tx) - datetime.now(UTC)


def _zone_data() -> Finding:
    return Finding("time zones", True, f"zone data {use_newest_zone_data()}")


def _library(catalogue: Catalogue | None, problems: Sequence[Problem]) -> Finding:
    if catalogue is None or problems:
        return Finding("library", False, f"{len(problems)} problems: `twinbot flows check` lists them.")
    return Finding("library", True, f"{len(catalogue.flows)} flows, no problem")


def _disk(settings: Settings) -> Finding:
    place = settings.sqlite_file.parent if settings.is_sqlite else Path()
    existing = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    said = f"{free // (1024 * 1024)} MB free"
    return Finding("disk", free >= LEAST_FREE, said if free >= LEAST_FREE else f"{said}: make room before it is full.")


def _deletions(settings: Settings) -> Finding:
    log = erasures_of(settings)
    return Finding("deletions", log.trouble is None, log.trouble or f"are noted in {log.path}")


def _backups(settings: Settings) -> Finding:
    if not settings.is_sqlite:
        return Finding("backups", True, "are made by your own `pg_dump`, or by whoever runs the server")
    found = backups.kept(settings.sqlite_file)
    if not found:
        return Finding("backups", True, "there is none yet: `twinbot start` makes one a day, `twinbot backup` one now")
    age, place = datetime.now(UTC) - found[0].at, backups.folder_of(settings.sqlite_file)
    said = f"{len(found)} in {place}, the newest of {found[0].at:%Y-%m-%d %H:%M} UTC"
    if age < OLD:
        return Finding("backups", True, said)
    return Finding("backups", False, f"{said}: is `twinbot start` running, and is `backup_failed` in its log?")


async def _keys(database: Database) -> Finding:
    async with database.read() as tx:
        if await meta.keys_of(tx) == [database.vault.newest]:
            return Finding("keys", True, f"everything lies under {database.vault.newest}")
    older = [one for one in await lying(database) if one.key != database.vault.newest]
    values = sum(one.values for one in older)
    names = ", ".join(one.key for one in older)
    return Finding("keys", False, f"{values} values may lie under older keys ({names}): `twinbot keys reseal`.")


async def _webhook(database: Database, known: Standing | str | None, public_url: str) -> Finding:
    if isinstance(known, Standing) and (why := not_called(known, public_url)) is not None:
        return Finding("webhook", False, why)
    async with database.read() as tx:
        found = await in_the_way(tx)
    return Finding("webhook", found is None, "nothing in the way is known" if found is None else told(found))


async def _contents(database: Database, catalogue: Catalogue | None) -> list[Finding]:
    now = datetime.now(UTC)
    async with database.read() as tx:
        hold = await holds.get(tx)
        heard = await heard_at(tx)
        failed = await inbox.failed(tx, database.vault, limit=FAILED_PAGE)
        due = await timers.next_due(tx)
        waiting = await outbox.next_due(tx)
        open_sessions = sum((await sessions.open_counts(tx, now)).values())
        stuck = [] if catalogue is None else await find_stuck(tx, catalogue)
        known, dues = await programmes.list_all(tx), await retention.dues(tx)
        over = [one for one in dues if one.at is not None and one.at <= now]
        left = {one.programme: await retention.left(tx, one.programme) for one in over}
        handled = await inbox.oldest_handled(tx)
    late = 0.0 if due is None else max(0.0, (now - due).total_seconds())
    unsent = 0.0 if waiting is None else max(0.0, (now - waiting).total_seconds())
    return [
        _heard(heard, now),
        Finding("sending", hold is None, "is not on hold" if hold is None else advice(hold)),
        Finding(
            "set aside",
            not failed,
            "nothing"
            if not failed
            else f"{len(failed)} arrivals ({', '.join(sorted({one.error for one in failed}))}): mend the cause, "
            "then `twinbot doctor --retry-failed`.",
        ),
        Finding(
            "timers",
            late < LATE,
            "on time" if late < LATE else f"{late:.0f} s late: {IS_IT_RUNNING}",
        ),
        Finding(
            "outbox",
            unsent < LATE,
            "nothing waits" if unsent < LATE else f"a message waits since {unsent:.0f} s: can the bot reach Telegram?",
        ),
        Finding(
            "conversations",
            not stuck,
            f"{open_sessions} open"
            if not stuck
            else f"{len(stuck)} wait for ever: persons {', '.join(str(one.person) for one in stuck[:10])}. "
            "This is a defect of Twinbot; please report it. `/checkin` lets them go on.",
        ),
        *map(_controller, known),
        *(_retention(one, left.get(one.programme, 0), now) for one in dues),
        _updates(handled, now),
        Finding("logs", True, LOGS),
    ]


def _heard(heard: datetime | None, now: datetime) -> Finding:
    if heard is None:
        return Finding("hearing", True, "has not begun yet")
    said = f"last heard Telegram {heard:%Y-%m-%d %H:%M} UTC"
    if now - heard < DEAF_LONG:
        return Finding("hearing", True, said)
    return Finding("hearing", False, f"{said}: is it running? What people write is kept for a day, then it is lost.")


LOGS: Final = (
    "go to standard output, and Twinbot keeps none. People are told 30 days: let journald or logrotate cut them there "
    "(docs/operate.md says how)"
)


def _controller(programme: programmes.Programme) -> Finding:
    """That nobody is named is no fault of the machine, so it does not fail; it is said all the same."""
    said = programme.controller or (
        f"{programme.name} names nobody who answers for the data, so /privacy names the programme and its sides: "
        "`twinbot programme set --controller`."
    )
    return Finding("controller", True, said)


def _retention(due: retention.Due, left: int, now: datetime) -> Finding:
    if due.at is None:
        advice = "words are kept for ever: `twinbot programme set --ends`."
        return Finding("retention", True, f"{due.name} has no end, so {advice}")
    if due.at > now:
        return Finding("retention", True, f"the words of {due.name} are wiped on {due.at:%Y-%m-%d}")
    if not left:
        return Finding("retention", True, f"the words of {due.name} are wiped; they were due on {due.at:%Y-%m-%d}")
    found = f"{left} rows of {due.name} hold words that were due on {due.at:%Y-%m-%d}"
    return Finding("retention", now - due.at < WIPED_WITHIN, f"{found}: {IS_IT_RUNNING}")


def _updates(oldest: datetime | None, now: datetime) -> Finding:
    """Numbers of updates, by which a repeat is known: forgotten once an hour."""
    kept = timedelta() if oldest is None else now - oldest
    hours = f"handled updates are known for {inbox.KEEP_KEYS // HOUR} hours"
    if kept < inbox.KEEP_KEYS + WIPED_WITHIN:
        return Finding("updates", True, f"{hours}, the oldest since {kept // HOUR}")
    return Finding("updates", False, f"{hours}, but the oldest is of {kept // HOUR} hours ago: {IS_IT_RUNNING}")


async def _retry(database: Database, catalogue: Catalogue, settings: Settings) -> Finding:
    """Carry out what was set aside, oldest first. The running bot sends what comes of it, within a second or so."""
    async with database.read() as tx:
        failed = await inbox.failed(tx, database.vault, limit=FAILED_PAGE)
    clock = SystemClock()
    await load_versions(database, catalogue, clock)
    speech = Speech(catalogue)
    world = world_facts(speech.languages)
    turns = Turns(database, catalogue, speech, world, clock, erasures=erasures_of(settings))
    for one in failed:
        try:
            await turns.carry_out([to_arrival(one)])
        except ValueError:
            continue  # another program's: it stays
    async with database.read() as tx:
        left = await inbox.still_failed(tx, [one.key for one in failed])
    done = f"{len(failed) - len(left)} arrivals"
    return Finding("fed again", not left, f"{done}, {len(left)} failed once more and are kept" if left else done)
