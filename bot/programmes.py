"""Setting up programmes, invitations and pairs, for the command line and the rehearsal. Names of people stay inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.errors import Refused
from bot.places import UnknownCountry, country_in, zones_of
from bot.programme_settings import Change, find_programme, settings_of
from bot.speech import packaged_languages
from flows.events.pairs import PairMade
from flows.people import PersonId, Role
from storage import inbox, invitations, meta, pairs, people, programmes
from storage.database import Database, Transaction
from storage.programmes import Programme

KINDS: Final = ("professional", "municipal")
NAME_CHARACTERS: Final = 80
"""Of a programme or a side; both stand in sentences on small screens."""
LARGEST_COUNT: Final = 500
"""Invitations made at once; a slip of the finger should not make a million."""
MOST_DEPUTIES: Final = 9
"""A side with more coordinators than ten has no coordinators."""
INVITATION_VALID_FOR: Final = timedelta(days=60)
"""Long enough for slow posts and holidays, short enough that a lost letter opens nothing for ever."""

HIGHEST_ID: Final = 2**63
"""What a BIGINT holds."""

BOT_NAME: Final = "bot_username"
"""Key in `meta` under which the bot's name is kept once Telegram has told it."""


@dataclass(frozen=True, slots=True)
class Plan:
    name: str
    sides: tuple[str, ...]
    countries: tuple[str, ...] = ()
    kind: str = "professional"
    language: str = "en"
    count: int = 1
    deputies: int = 0
    controller: str | None = None
    safeguarding: tuple[str, ...] = ()
    """Sides of which somebody is to be a safeguarding focal point: one invitation more for each."""


@dataclass(frozen=True, slots=True)
class Link:
    """One invitation. `start` is what the link makes the person send; `url` is `None` until the bot's name is known."""

    side: str
    role: str
    start: str
    url: str | None
    token: str


@dataclass(frozen=True, slots=True)
class Invited:
    programme: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    id: int
    name: str
    kind: str
    language: str
    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    id: int
    role: str
    side: str
    telegram_id: int | None
    state: str


@dataclass(frozen=True, slots=True)
class Paired:
    """`ready`: every side has a coordinator, so check-ins begin."""

    pair: int
    ready: bool


async def create(database: Database, plan: Plan, now: datetime) -> Invited:
    """Set up a programme with invitations for a coordinator, her deputies and `count` twins, a side, and one for each
    safeguarding focal point. Raises `Refused`."""
    _check(plan)
    async with database.write() as tx:
        if await programmes.find(tx, plan.name) is not None:
            raise Refused(f"There is a programme called {plan.name.strip()!r} already: give this one another name.")
        given = [code.upper() for code in plan.countries]
        countries: Sequence[str | None] = given or [country_in(side) for side in plan.sides]
        programme = await programmes.create(
            tx,
            name=plan.name.strip(),
            kind=plan.kind,
            language=plan.language,
            sides=list(zip([side.strip() for side in plan.sides], countries, strict=True)),
            now=now,
            settings=settings_of(Change(controller=plan.controller)),
        )
        wanted = [
            (side, role)
            for side in plan.sides
            for role in (*[Role.COORDINATOR] * (1 + plan.deputies), *[Role.TWIN] * plan.count)
        ]
        wanted += [(side, Role.SAFEGUARDING) for side in plan.safeguarding]
        return await _invite(tx, programme, [(side.strip(), role) for side, role in wanted], now)


def _check(plan: Plan) -> None:
    names, name = [side.strip() for side in plan.sides], plan.name.strip()
    if not name or name.isdecimal():
        raise Refused("A programme needs a name, and one that is no number.")
    if max(map(len, (name, *names))) > NAME_CHARACTERS or not all(one.isprintable() for one in (name, *names)):
        raise Refused(f"A name is one line of at most {NAME_CHARACTERS} characters.")
    if len(names) < 2 or len({side.casefold() for side in names}) != len(names) or not all(names):
        raise Refused("A twinning has two sides with different names: give --side twice.")
    if plan.kind not in KINDS:
        raise Refused(f"--kind is {' or '.join(KINDS)}, not {plan.kind!r}.")
    if plan.language not in packaged_languages().offered:
        known = ", ".join(packaged_languages().offered)
        raise Refused(f"--language is one of {known}, not {plan.language!r}.")
    _check_count(plan.count)
    for side in plan.safeguarding:
        if side.strip() not in names:
            raise Refused(f"--safeguarding names a side: {' or '.join(names)}, not {side!r}.")
    if not 0 <= plan.deputies <= MOST_DEPUTIES:
        raise Refused(f"--deputies is a number from 0 to {MOST_DEPUTIES}, not {plan.deputies}.")
    if plan.countries and len(plan.countries) != len(names):
        raise Refused(f"Give --country once for each of the {len(names)} sides, or not at all.")
    for code in plan.countries:
        try:
            zones_of(code.upper())
        except UnknownCountry as unknown:
            raise Refused(f"{unknown}.") from None


def _check_count(count: int) -> None:
    if not 1 <= count <= LARGEST_COUNT:
        raise Refused(f"--count is a number from 1 to {LARGEST_COUNT}, not {count}.")


async def invite(
    database: Database, programme: str, sides: tuple[str, ...], role: Role | None, count: int, now: datetime
) -> Invited:
    """Make `count` new invitations of each role and side asked for. Raises `Refused`."""
    _check_count(count)
    async with database.write() as tx:
        found = await find_programme(tx, programme)
        known = {side.name.casefold(): side.name for side in found.sides}
        for side in sides:
            if side.strip().casefold() not in known:
                raise Refused(f"{found.name} has no side {side!r}; it has {' and '.join(known.values())}.")
        asked = [known[side.strip().casefold()] for side in sides] or list(known.values())
        roles = (role,) if role is not None else (Role.COORDINATOR, Role.TWIN)
        wanted = [(side, one) for side in asked for one in roles for _ in range(count)]
        return await _invite(tx, found, wanted, now)


async def _invite(tx: Transaction, programme: Programme, wanted: Sequence[tuple[str, Role]], now: datetime) -> Invited:
    bot = await meta.get(tx, BOT_NAME)
    ids = {side.name: side.id for side in programme.sides}
    links = []
    for side, role in wanted:
        token = await invitations.create(
            tx,
            programme=programme.id,
            side=ids[side],
            role=role,
            now=now,
            expires_at=now + INVITATION_VALID_FOR,
        )
        url = None if bot is None else f"https://t.me/{bot}?start={token}"
        links.append(Link(side, role.value, f"/start {token}", url, token))
    return Invited(programme.name, tuple(links))


async def overview(database: Database) -> list[Overview]:
    async with database.read() as tx:
        return [
            Overview(one.id, one.name, one.kind, one.language, tuple(side.name for side in one.sides))
            for one in await programmes.list_all(tx)
        ]


async def members(database: Database, programme: str | None) -> list[Member]:
    """Everybody of one programme, or of all. Raises `Refused` for an unknown one."""
    async with database.read() as tx:
        wanted = await programmes.list_all(tx) if programme is None else [await find_programme(tx, programme)]
        found = []
        for one in wanted:
            sides = {side.id: side.name for side in one.sides}
            for known in await people.of_programme(tx, database.vault, one.id):
                person = known.person
                state = "unreachable" if person.unreachable_since is not None else person.state.value
                found.append(Member(person.id, person.role.value, sides[person.side], known.telegram_id, state))
    return found


async def pair(database: Database, first: int, second: int, now: datetime) -> Paired:
    """Pair two twins and tell both. Raises `Refused`, or storage's, with the reason."""
    for number in (first, second):
        if not 0 < number < HIGHEST_ID:
            raise Refused(f"There is no person {number}.")
    one, two = PersonId(first), PersonId(second)
    async with database.write() as tx:
        made = await pairs.create(tx, database.vault, one, two, now)
        known = {found.person.id: found.person for found in await people.load_locked(tx, database.vault, [one, two])}
        await inbox.tell(
            tx,
            database.vault,
            [
                inbox.Told(one, PairMade(made, known[two].name), f"pair/{made}/{one}"),
                inbox.Told(two, PairMade(made, known[one].name), f"pair/{made}/{two}"),
            ],
            now,
        )
        programme = (await programmes.load(tx, [known[one].programme]))[known[one].programme]
        leading = await programmes.coordinators(tx, [programme.id])
    return Paired(made, all(leading.get(side.id) for side in programme.sides))
