"""What a programme has set: who is responsible, how long words are kept, when it ends."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from bot.errors import Refused
from bot.library import NUMBERS
from storage import overlays, programmes, retention
from storage.database import Database, Transaction
from storage.programmes import Programme

CONTROLLER_CHARACTERS: Final = 200
"""A name and an address by post; it stands in the first message of the policy."""
LONGEST_RETENTION: Final = 120
"""Months. Ten years after its end no programme needs anybody's words."""
EMAIL: Final = re.compile(r"[^\s@]{1,64}@[^\s@]+\.[^\s@]{2,}\Z")

EMERGENCY: Final = re.compile(r"[A-Z]{2} *= *\+?[0-9][0-9 ]{1,18}\Z", re.ASCII)
"""Two letters of a country and its number."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be set; `None` leaves as it is."""

    controller: str | None = None
    contact_email: str | None = None
    retention_months: int | None = None
    ends: str | None = None
    asks: bool | None = None
    """Whether twins are asked anything beside the check-in."""
    emergency: str | None = None
    """Emergency numbers by country, as in `SL=117,NL=112`; empty for none."""
    facilitators: tuple[int, ...] | None = None
    """Coordinators who may send flows of the programme's own, by id; none given takes the right away."""
    wipe_now: bool = False
    """Yes, also when the words of the programme are due at once by what is set."""

    @property
    def sets_words_due(self) -> bool:
        return self.ends is not None or self.retention_months is not None


@dataclass(frozen=True, slots=True)
class Shown:
    """A programme with all that is set in it. `words_until`: when words are wiped, as far as an end was set."""

    id: int
    name: str
    kind: str
    language: str
    sides: tuple[str, ...]
    controller: str | None
    contact_email: str | None
    ends: str | None
    retention_months: int
    words_until: str | None
    asks: bool
    emergency: Mapping[str, str]
    focal_points: tuple[int, ...]
    facilitators: tuple[int, ...]
    own_files: tuple[str, ...]


async def find_programme(tx: Transaction, name_or_id: str | None) -> Programme:
    """The programme of this name or number, or the only one. Raises `Refused`."""
    known = await programmes.list_all(tx)
    if not known:
        raise Refused("There is no programme yet: `twinbot programme new`.")
    if name_or_id is None:
        if len(known) == 1:
            return known[0]
        raise Refused(f"Which programme? {', '.join(repr(one.name) for one in known)}")
    found = await programmes.find(tx, name_or_id)
    if found is None:
        raise Refused(f"There is no single programme {name_or_id!r}; known: {', '.join(one.name for one in known)}.")
    return found


async def change(database: Database, programme: str, wanted: Change, now: datetime) -> Shown:
    """Set what is given. Raises `Refused` with one sentence for what can not be, and for what would wipe words at once
    without being meant to."""
    ends = end_of(wanted.ends)
    said = settings_of(wanted)
    async with database.write() as tx:
        found = await find_programme(tx, programme)
        await _check_facilitators(tx, found, wanted.facilitators or ())
        settings, ends = {**found.settings, **said}, ends or found.ends_at
        months = int(settings.get("retention_months", found.retention_months))
        due = retention.due_at(ends, months)
        if wanted.sets_words_due and due is not None and due <= now and not wanted.wipe_now:
            raise Refused(
                f"With that the words of {found.name} were due on {due:%Y-%m-%d}: all of them would be wiped for ever, "
                "within the hour. --wipe-now says that you mean it."
            )
        await programmes.change_settings(tx, found.id, settings, ends)
    return await show(database, programme)


async def show(database: Database, programme: str | None) -> Shown:
    """Raises `Refused` for an unknown programme."""
    async with database.read() as tx:
        found = await find_programme(tx, programme)
        focal = await programmes.focal_points(tx, [found.id])
        own = (await overlays.load(tx)).get(found.id, {})
    return _shown(found, focal.get(found.id, ()), tuple(name for name in own if name != NUMBERS))


async def _check_facilitators(tx: Transaction, programme: Programme, wanted: Collection[int]) -> None:
    """Raises `Refused` for somebody who coordinates no side of the programme."""
    leading = {one for side in (await programmes.coordinators(tx, [programme.id])).values() for one in side}
    if strange := set(wanted) - leading:
        known = ", ".join(map(str, sorted(leading))) or "none who has joined"
        raise Refused(f"--facilitator names a coordinator of {programme.name} by id ({known}), not {min(strange)}.")


def _shown(found: Programme, focal_points: tuple[int, ...], own_files: tuple[str, ...]) -> Shown:
    until = retention.due_at(found.ends_at, found.retention_months)
    return Shown(
        found.id,
        found.name,
        found.kind,
        found.language,
        tuple(side.name for side in found.sides),
        found.controller,
        found.contact_email,
        None if found.ends_at is None else f"{found.ends_at:%Y-%m-%d}",
        found.retention_months,
        None if until is None else f"{until:%Y-%m-%d}",
        found.asks,
        dict(found.emergency),
        focal_points,
        found.facilitators,
        own_files,
    )


def settings_of(wanted: Change) -> Mapping[str, Any]:
    """The settings as they are kept, without those that were not given. Raises `Refused`."""
    said: dict[str, Any] = {}
    if wanted.controller is not None:
        said["controller"] = " ".join(wanted.controller.split())
        if not 0 < len(said["controller"]) <= CONTROLLER_CHARACTERS:
            raise Refused(f"--controller is a name and an address, {CONTROLLER_CHARACTERS} characters at most.")
    if wanted.contact_email is not None:
        said["contact_email"] = wanted.contact_email.strip()
        if not EMAIL.match(said["contact_email"]):
            raise Refused("--contact-email is an address such as privacy@example.org.")
    if wanted.retention_months is not None:
        said["retention_months"] = wanted.retention_months
        if not 0 <= wanted.retention_months <= LONGEST_RETENTION:
            raise Refused(f"--retention-months is a number from 0 to {LONGEST_RETENTION}.")
    if wanted.asks is not None:
        said["asks"] = wanted.asks
    if wanted.facilitators is not None:
        said["facilitators"] = sorted(set(wanted.facilitators))
    if wanted.emergency is not None:
        said["emergency"] = _numbers(wanted.emergency)
    return said


def _numbers(said: str) -> Mapping[str, str]:
    """Country to number. Raises `Refused`: a number that is half right is worse than none."""
    found: dict[str, str] = {}
    for one in filter(None, (part.strip() for part in said.split(","))):
        if not EMERGENCY.match(one):
            raise Refused("--emergency is numbers by country, such as SL=117,NL=112.")
        country, _, number = one.partition("=")
        found[country.strip()] = number.strip()
    return found


def end_of(ends: str | None) -> datetime | None:
    """The day of the end as a moment. Raises `Refused`."""
    if ends is None:
        return None
    try:
        day = date.fromisoformat(ends)
    except ValueError:
        raise Refused("--ends is a day such as 2030-06-30.") from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
